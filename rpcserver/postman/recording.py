"""What the requests of the collection are really answered: they are run, in order, on a demo book that is thrown away."""

import asyncio
import re
import secrets
import time
import uuid
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import orjson
from starlette.types import Message, Scope

from ledger.book import Book
from rpcserver.demo import making
from rpcserver.dispatch import WORD, Dispatch
from rpcserver.door import Door
from rpcserver.envelope import JSON
from rpcserver.house import House
from rpcserver.log import LINE, Line
from rpcserver.postman.story import TOKEN, Step
from rpcserver.settings import Settings

CALLER = "admin"
_LEFT_OUT = {TOKEN: "{{token}}", "secret": "whsec_..."}
"""What stands for secrets in the answers that are kept."""
_VARIABLE = re.compile(r"{{([^{}]+)}}")


def recorded(steps: list[Step]) -> list[Any]:
    """The envelope that answers each step. Tokens in it are left out."""
    with _demo() as (dispatch, variables):
        return asyncio.run(_told(steps, dispatch, dict(variables)))


@contextmanager
def _demo() -> Iterator[tuple[Dispatch, Mapping[str, str]]]:
    """The native door over a demo book of its own, and what the environment says of its administrator."""
    with TemporaryDirectory() as folder:
        url = f"sqlite:///{Path(folder) / 'demo.db'}"
        settings = Settings.model_validate({"database_url": url, "secret_key": secrets.token_urlsafe(48)})
        book = Book(url)
        try:
            book.migrate()
            company = making.make(book, lambda: settings.secrets)
            login = {**company.logins[CALLER], "web_api_key": company.keys[CALLER]}
            yield Dispatch(Door(House(book, settings), WORD), drop_in=False), login
        finally:
            book.close()


async def _told(steps: list[Step], dispatch: Dispatch, variables: dict[str, str]) -> list[Any]:
    answers = []
    for step in steps:
        answer = await _asked(step, dispatch, variables)
        variables |= {variable: answer["data"][member] for variable, member in step.keeps.items()}
        answers.append(_without_token(answer))
    return answers


async def _asked(step: Step, dispatch: Dispatch, variables: Mapping[str, str]) -> Any:
    body = _filled(orjson.dumps(step.body).decode(), variables).encode()
    sent: list[Message] = []
    asked: list[Message] = [{"type": "http.request", "body": body, "more_body": False}]

    async def receive() -> Message:
        """The body at once; after it nothing comes, and nobody goes away."""
        if not asked:
            await asyncio.Event().wait()
        return asked.pop()

    async def send(message: Message) -> None:
        sent.append(message)

    await dispatch(_scope(step, variables), receive, send)
    answer = orjson.loads(b"".join(message.get("body", b"") for message in sent))
    if sent[0]["status"] != 200:
        raise RuntimeError(f"{step.name} was refused: {answer['status']['message']}")
    return answer


def _scope(step: Step, variables: Mapping[str, str]) -> Scope:
    headers = [(b"content-type", JSON.encode())]
    if step.token is not None:
        headers.append((b"authorization", f"Bearer {variables[step.token]}".encode()))
    return {
        "type": "http",
        "method": "POST",
        "path": f"/{step.path}",
        "path_params": {"path": step.path},
        "query_string": b"",
        "headers": headers,
        "client": None,
        LINE: Line("example"),
    }


def _filled(text: str, variables: Mapping[str, str]) -> str:
    """A text with its variables filled in, those that Postman makes itself too."""

    def value(found: re.Match[str]) -> str:
        made = {"$guid": str(uuid.uuid4()), "$timestamp": str(int(time.time()))}
        return {**made, **variables}[found[1]]

    return _VARIABLE.sub(value, text)


def _without_token(answer: Any) -> Any:
    data = answer["data"]
    if not isinstance(data, dict):
        return answer
    return {**answer, "data": {name: _LEFT_OUT.get(name, value) for name, value in data.items()}}
