"""The command line: a command is a few lines around one public function."""

from __future__ import annotations

import sys
from importlib import import_module
from typing import Any, NoReturn

import typer
from typer.core import TyperGroup

from cvinspect.errors import CvinspectError
from cvinspect.pictures import clean_text

COMMANDS = (
    *("inspect", "judge", "learn", "score", "target", "calibrate", "line", "challenge", "pin", "doctor"),
    *("limits", "recipe", "calibration", "camera", "archive", "regrade", "bench"),
)


class _OnDemand(TyperGroup):
    """Loads a command when it is asked for: one command does not wait for what only another needs."""

    def list_commands(self, ctx: Any) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        for name in (cmd_name,) if cmd_name in COMMANDS else COMMANDS:
            if name not in self.commands:
                self.commands[name] = _load(name)
        return self.commands.get(cmd_name)


def _load(name: str) -> Any:
    """The module of that name holds the function of that name, or the app with the commands below it."""
    module = import_module(f"cvinspect.cli.{name}")
    group = getattr(module, "app", None)
    if group is None:
        group = typer.Typer(add_completion=False)
        group.command(name)(getattr(module, name))
    command = typer.main.get_command(group)
    command.name = name
    return command


app = typer.Typer(
    cls=_OnDemand,
    help="Cosmetic surface inspection, judged under each customer's own limit table.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
)


@app.callback()
def _cvinspect() -> None:
    pass


INTERRUPTED = 130


def main() -> None:
    """Runs the command line; what the user can mend is said in words, with exit code 2."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(encoding="utf-8", errors="replace")
    try:
        app()
    except CvinspectError as bad:
        _refuse(str(bad))
    except OSError as bad:  # a full disk, a name that is too long, a folder that went away
        _refuse(f"{bad.filename}: {bad.strerror}" if bad.filename else bad.strerror or str(bad))
    except KeyboardInterrupt:
        print("cvinspect: stopped", file=sys.stderr)
        sys.exit(INTERRUPTED)


def _refuse(message: str) -> NoReturn:
    for fault in message.splitlines():
        print(f"cvinspect: {clean_text(fault)}", file=sys.stderr)
    sys.exit(2)
