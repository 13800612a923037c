"""The operator page's process: it shows what the station tells it and what the archive holds, and writes nothing."""

from __future__ import annotations

import os
from contextlib import closing, suppress
from multiprocessing.connection import Connection
from threading import Thread

from cvinspect.errors import CvinspectError
from cvinspect.line.processes import Fault
from cvinspect.line.showing import PageSetup
from cvinspect.line.worker import Reply, answer
from cvinspect.web.server import Served

NICER = 10  # the inspection comes first


def show_page(connection: Connection, setup: PageSetup) -> None:
    """A question is a Snapshot, an answer what people have decided since. It ends with the connection."""
    with suppress(OSError, AttributeError):
        os.nice(NICER)
    try:
        from cvinspect.line.page_app import page_of  # fastapi is of an extra
    except ImportError:
        connection.send(
            Reply(0, Fault("program_fault", {"message": "page: needs the extra: pip install 'cvinspect[line]'"}))
        )
        return
    try:
        wall, app = page_of(setup)
        served = Served(app, setup.token, setup.host, setup.port, setup.hosts)
    except (CvinspectError, OSError) as bad:
        connection.send(Reply(0, Fault.of(bad)))
        return
    with closing(served):
        Thread(target=wall.look, daemon=True).start()
        answer(connection, wall.respond)
        wall.end()
