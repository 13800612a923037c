"""Parts judged or inspected again, many at a time: what would their verdicts be by another table, recipe or program?

    Wanted -question-> Question -source-> parts -ledger, workers-> results -answer-> matrix and changes

Nothing of an old verdict is touched, and no part's disposition changes: the answer is a row of its own in the archive.
"""

from cvinspect.regrade.pool import Event, Executor, Here, Pool
from cvinspect.regrade.question import Question, Wanted, question
from cvinspect.regrade.run import Answering
from cvinspect.regrade.task import How, Item, Result, Task
from cvinspect.regrade.work import work

__all__ = [
    "Answering",
    "Event",
    "Executor",
    "Here",
    "How",
    "Item",
    "Pool",
    "Question",
    "Result",
    "Task",
    "Wanted",
    "question",
    "work",
]
