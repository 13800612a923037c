"""Parts to judge again that need no archive, and workers that do what real ones should not."""

import os
import signal
import time

from cvinspect.archive.codec import canonical
from cvinspect.archive.ledger import Asked
from cvinspect.regrade.task import How, Item, Result, Task, key_of


class Parts:
    """A source of parts; what each does to its worker is its subject."""

    def __init__(self, subjects, time_limit_s=20.0, mode="inspect"):
        self.how = How(mode=mode, software="0", time_limit_s=time_limit_s)
        self.subjects = subjects

    def asked(self):
        seal = self.how.seal()
        for number, subject in enumerate(self.subjects, 1):
            yield Asked(number, key_of(seal, f"{number} {subject}"), subject, f"P{number}", "", "PASS")

    def task(self, asked):
        return Task(self.how, tuple(Item(one.number, one.key, one.subject) for one in asked))

    def texts(self, documents):
        return {}


def echo(task, texts):
    """Answers at once."""
    return tuple(Result(one.number, one.key, "done", "PASS", canonical({"n": one.number})) for one in task.items)


def slowly(task, texts):
    """Answers after a while, so that somebody can come in between."""
    time.sleep(0.02)
    return echo(task, texts)


def poisoned(task, texts):
    """Does what the item says."""
    for item in task.items:
        if item.record == "crash":
            os.abort()
        if item.record == "exit":
            os._exit(7)
        if item.record == "hang":
            time.sleep(600)
        if item.record == "kill":
            os.kill(os.getpid(), signal.SIGKILL)
    return echo(task, texts)
