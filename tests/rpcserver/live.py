"""A real server on a real port, for what only the wire shows."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Thread

import uvicorn
from starlette.types import ASGIApp

from rpcserver.connections import Connection

PATIENCE_SECONDS = 20


@contextmanager
def serving(app: ASGIApp, keep_alive: int = PATIENCE_SECONDS) -> Iterator[str]:
    """The address of a server that answers while the block runs, whose connections are `rpcserver serve`'s."""
    config = uvicorn.Config(
        app,
        port=0,
        lifespan="on",
        http=Connection,
        timeout_keep_alive=keep_alive,
        log_config=None,
        access_log=False,
        proxy_headers=False,
        ws="none",
    )
    server = uvicorn.Server(config)
    thread = Thread(target=server.run)
    thread.start()
    try:
        yield f"http://127.0.0.1:{port_of(server)}"
    finally:
        server.should_exit = True
        thread.join(PATIENCE_SECONDS)


def port_of(server: uvicorn.Server) -> int:
    """The port that a server found, once it listens."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not server.started:
        assert time.monotonic() < deadline, "the server did not start"
        time.sleep(0.01)
    return int(server.servers[0].sockets[0].getsockname()[1])
