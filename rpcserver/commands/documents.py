"""`rpcserver postman | openapi | dashboard`: documents for other programs."""

from typing import Annotated

import orjson
import typer

from rpcserver import openapi as openapi_
from rpcserver import postman as postman_
from rpcserver.commands.opening import sentences
from rpcserver.settings import load
from rpcserver.watching.measures import DASHBOARD


def postman(
    environment: Annotated[bool, typer.Option("--environment", help="Print the environment instead.")] = False,
) -> None:
    """Print the API as a Postman collection, or the environment that goes with it."""
    with sentences():
        settings = load()
    _print(postman_.environment(f"http://{settings.host}:{settings.port}") if environment else postman_.collection())


def openapi() -> None:
    """Print the API as an OpenAPI 3.1 document."""
    _print(openapi_.document())


def dashboard() -> None:
    """Print a Grafana dashboard for what /metrics tells."""
    typer.echo(DASHBOARD.read_text(), nl=False)


def _print(document: object) -> None:
    typer.echo(orjson.dumps(document, option=orjson.OPT_INDENT_2))
