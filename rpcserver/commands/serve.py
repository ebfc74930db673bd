"""`rpcserver serve`."""

import logging
from contextlib import nullcontext
from typing import Annotated

import typer
import uvicorn

from rpcserver import log
from rpcserver.commands.opening import opened, sentences
from rpcserver.connections import Connection, open_files_for
from rpcserver.scheduling import uninterrupted
from rpcserver.settings import Settings, load, warnings
from rpcserver.watching import traces
from rpcserver.watching.together import counted_together

notices = logging.getLogger("rpcserver.settings")
APPLICATION = "rpcserver.app:from_environment"
HEALTHCHECK_SECONDS = 30
"""How long a worker may be too busy to say that it lives before it is replaced."""


def serve(
    host: Annotated[str | None, typer.Option(help="The address to listen on [HOST].")] = None,
    port: Annotated[int | None, typer.Option(min=0, max=65535, help="The port to listen on [PORT].")] = None,
    workers: Annotated[int | None, typer.Option(min=1, max=64, help="How many server processes share the port [WORKERS].")] = None,
) -> None:
    """Serve the book. SIGTERM or Ctrl+C stops it: calls under way are finished, new ones are not taken."""
    with sentences():
        settings = load()
        _ = settings.secrets
        open_files_for(settings.connections)
        traces.check(settings)
    with opened(settings):
        log.configure(settings.log_level, settings.log_format)
        for warning in warnings():
            notices.warning("%s", warning)
    processes = workers or settings.workers
    uninterrupted()
    with counted_together() if processes > 1 and settings.metrics else nullcontext():
        _run(settings, settings.host if host is None else host, settings.port if port is None else port, processes)


def _run(settings: Settings, host: str, port: int, workers: int) -> None:
    """Every process makes its application itself, from the environment."""
    uvicorn.run(
        APPLICATION,
        factory=True,
        host=host,
        port=port,
        workers=workers,
        lifespan="on",
        http=Connection,
        ws="none",
        # The access log would hold tokens (they may stand in a query), and the peer's address is ours to judge.
        access_log=False,
        log_config=None,
        proxy_headers=False,
        server_header=False,
        timeout_keep_alive=settings.keep_alive,
        timeout_graceful_shutdown=settings.shutdown_wait,
        timeout_worker_healthcheck=HEALTHCHECK_SECONDS,
    )
