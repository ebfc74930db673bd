"""The API as a Postman collection of format 2.1, and the environment that goes with it, made from the table of methods."""

import json
from functools import cache
from threading import Lock
from typing import Any
from uuid import NAMESPACE_URL, uuid5

from rpcserver import VERSION
from rpcserver.describing import ABOUT, described
from rpcserver.envelope import JSON
from rpcserver.postman.recording import CALLER, recorded
from rpcserver.postman.story import TOKEN, VARIABLES, Step, folders
from rpcserver.postman.trials import trials

Json = dict[str, Any]

FORMAT = "https://schema.getpostman.com/json/collection/v2.1.0/collection.json"
BASE_URL = "base_url"
_HEADERS = [{"key": "Content-Type", "value": JSON}]
_NO_AUTH = {"type": "noauth"}


_MAKING = Lock()


def collection() -> Json:
    """The collection: a folder for each resource, every method with an example and its answer. Run in order, all of it succeeds."""
    # Recording the answers takes seconds of work: whoever asks meanwhile waits for it instead of doing it too.
    with _MAKING:
        return _collection()


@cache
def _collection() -> Json:
    told = folders()
    steps = [step for folder in told.values() for step in folder]
    answers = iter(recorded(steps))
    kept = dict.fromkeys(name for step in steps for name in step.keeps)
    return {
        "info": {"_postman_id": _id("collection"), "name": "rpcserver", "description": ABOUT, "version": VERSION, "schema": FORMAT},
        "auth": _bearer(TOKEN),
        "variable": [{"key": name, "value": VARIABLES.get(name, "")} for name in kept],
        "item": [{"name": name, "item": [_item(step, next(answers)) for step in folder]} for name, folder in told.items()],
    }


def environment(base_url: str) -> Json:
    """Where the server is and who logs in. Secrets are left empty, for their owner to fill in."""
    values = {BASE_URL: (base_url.rstrip("/"), "default"), "username": (CALLER, "default")}
    values |= {"password": ("", "secret"), "web_api_key": ("", "secret")}
    return {
        "id": _id("environment"),
        "name": "rpcserver",
        "values": [{"key": name, "value": value, "type": type_, "enabled": True} for name, (value, type_) in values.items()],
        "_postman_variable_scope": "environment",
    }


def _item(step: Step, answer: Json) -> Json:
    request = _request(step)
    return {
        "name": step.name,
        "event": [{"listen": "test", "script": {"type": "text/javascript", "exec": trials(step)}}],
        "request": request | {"description": described(step.method)},
        "response": [
            {
                "name": "OK",
                "originalRequest": request,
                "status": "OK",
                "code": 200,
                "_postman_previewlanguage": "json",
                "header": _HEADERS,
                "cookie": [],
                "body": _text(answer),
            }
        ],
    }


def _request(step: Step) -> Json:
    """A request; it says how it authenticates if it does so otherwise than the collection."""
    auth = {} if step.token == TOKEN else {"auth": _bearer(step.token) if step.token else _NO_AUTH}
    return auth | {
        "method": "POST",
        "header": _HEADERS,
        "body": {"mode": "raw", "raw": _text(step.body), "options": {"raw": {"language": "json"}}},
        "url": {
            "raw": f"{{{{{BASE_URL}}}}}/{step.path}",
            "host": [f"{{{{{BASE_URL}}}}}"],
            "path": step.path.split("/"),
        },
    }


def _bearer(variable: str) -> Json:
    return {"type": "bearer", "bearer": [{"key": "token", "value": f"{{{{{variable}}}}}", "type": "string"}]}


def _text(body: Json) -> str:
    return json.dumps(body, indent=2, ensure_ascii=False)


def _id(name: str) -> str:
    """Always the same id for the same thing, so that Postman replaces what it imported before."""
    return str(uuid5(NAMESPACE_URL, f"urn:rpcserver:postman:{name}"))
