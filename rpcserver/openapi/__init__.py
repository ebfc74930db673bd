"""The API as an OpenAPI 3.1 document, made from the table of methods."""

from functools import cache
from typing import Any

from ledger.errors import REFUSALS
from methods import METHODS
from rpcserver import VERSION
from rpcserver.describing import ABOUT, resource
from rpcserver.openapi import answers, operations
from rpcserver.openapi.schemas import Components

READY = "Whether the server can take calls: the database is reached and as it should be, the queue of writes has room."
HEALTH = {"health": READY, "health/ready": READY, "health/live": "Whether the process answers: always 200."}


@cache
def document() -> dict[str, Any]:
    """The whole document."""
    components = Components({method.shape for method in METHODS.values() if method.writes})
    answers.put_envelopes(components)
    paths = {f"/{path}": operations.operations(path, method, components) for path, method in METHODS.items()}
    return {
        "openapi": "3.1.0",
        "info": {"title": "rpcserver", "version": VERSION, "description": ABOUT, "license": {"name": "MIT", "identifier": "MIT"}},
        "servers": [{"url": "/"}],
        "tags": [{"name": name} for name in dict.fromkeys(map(resource, METHODS))],
        "paths": paths | {f"/{name}": {"get": _health(name, about)} for name, about in HEALTH.items()},
        "components": {
            "schemas": components.schemas,
            "responses": components.responses,
            "parameters": operations.parameters(),
            "headers": answers.headers(),
            "examples": answers.examples(REFUSALS),
            "securitySchemes": _security(),
        },
    }


def _security() -> dict[str, Any]:
    about = "The token that `login` answered, or an API key."
    return {
        "bearer": {"type": "http", "scheme": "bearer", "description": about},
        "header": {"type": "apiKey", "in": "header", "name": "X-Auth-Token", "description": about},
        "basic": {"type": "http", "scheme": "basic", "description": "An API key as user name, the password empty."},
        "query": {"type": "apiKey", "in": "query", "name": "token", "description": f"{about} A body has it as its member `token`."},
    }


def _health(name: str, about: str) -> dict[str, Any]:
    schema = {
        "type": "object",
        "required": ["status", "problems"],
        "properties": {"status": {"enum": ["OK", "FAILING"]}, "problems": {"type": "array", "items": {"type": "string"}}},
    }
    content = {"application/json": {"schema": schema}}
    return {
        "operationId": name.replace("/", "_"),
        "summary": about,
        "security": [],
        "responses": {
            "200": {"description": "All is well.", "content": content},
            "503": {"description": "Something is not; `problems` says what.", "content": content},
        },
    }
