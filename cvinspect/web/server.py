"""The server of a page: uvicorn in a thread of the page's process, nothing logged, few connections."""

from __future__ import annotations

import logging
import os
import socket
import threading
from collections.abc import Iterable
from typing import Any

from cvinspect.errors import StationError
from cvinspect.web.guard import App, Guard

MOST_CONNECTIONS = 64
HEADERS_BYTES = 16_384
REQUEST_WITHIN_S = 5.0


class Served:
    """An application at host:port, behind the guard. Raises StationError where the port is taken, or uvicorn absent."""

    def __init__(self, app: App, token: str, host: str, port: int, hosts: Iterable[str] = ()) -> None:
        try:
            import uvicorn
        except ImportError as bad:
            raise StationError("page: needs the extra: pip install 'cvinspect[line]'") from bad
        self._socket = listening(host, port)
        logging.getLogger("uvicorn.error").setLevel(logging.CRITICAL)
        config = uvicorn.Config(
            Guard(app, token, port, hosts),
            log_config=None,
            access_log=False,  # a line of it would hold the token
            server_header=False,
            lifespan="off",
            ws="none",
            http=_impatient(),
            loop="asyncio",
            limit_concurrency=MOST_CONNECTIONS,
            h11_max_incomplete_event_size=HEADERS_BYTES,
            timeout_keep_alive=5,
            timeout_graceful_shutdown=1,
        )
        self._server: Any = uvicorn.Server(config)
        self._thread = threading.Thread(target=self._run, name="page", daemon=True)
        self._thread.start()

    def _run(self) -> None:
        self._server.run(sockets=[self._socket])

    @property
    def is_alive(self) -> bool:
        """Whether it still answers."""
        return self._thread.is_alive()

    def close(self) -> None:
        """Ends it within two seconds."""
        self._server.should_exit = True
        self._thread.join(2.0)
        self._socket.close()


def _impatient() -> Any:
    """HTTP as uvicorn speaks it, but a connection on which no request comes is ended: those would take all room."""
    from uvicorn.protocols.http.h11_impl import H11Protocol

    class Impatient(H11Protocol):
        def connection_made(self, transport: Any) -> None:
            super().connection_made(transport)
            self.loop.call_later(REQUEST_WITHIN_S, self._give_up)

        def _give_up(self) -> None:
            if self.cycle is None:
                self.transport.close()

    return Impatient


def listening(host: str, port: int) -> socket.socket:
    """A socket that is bound. Raises StationError where the port is taken."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    # asyncio sends small answers at once only where the protocol is named; else each waits 40 ms
    one = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        if os.name == "posix":  # elsewhere it would share a port that is taken
            one.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        one.bind((host, port))
        one.listen(MOST_CONNECTIONS)
    except OSError as bad:
        one.close()
        raise StationError(f"page: {host}:{port} cannot be listened on: {bad.strerror or bad}; is it taken?") from bad
    return one
