"""The API as an OpenAPI 3.1 document, made from the table of methods."""

from functools import cache
from typing import Any

from ledger.errors import REFUSALS
from methods import METHODS
from rpcserver import VERSION
from rpcserver.describing import resource
from rpcserver.openapi import answers, operations
from rpcserver.openapi.schemas import Components

ABOUT = """\
A payments ledger behind an RPC API. Every method answers POST with a JSON object; those that only read answer GET too.

**Answers.** Every answer is an envelope, `{"status": {"code", "message", "description"}, "data": ...}`. A success has the code `OK`.
A refusal has a stable code, `data: null`, and for parameters and identifiers `status.errors`, which lists all that is wrong.
An object is answered whole, with null where a member has no value, unless `fields_set` asks for less.

**Tokens.** `login` answers a token. It goes with every other call: in the header `Authorization: Bearer` (or `Token`), in the
header `X-Auth-Token`, as the member `token` of the body, or as the query parameter `token`. An API key is taken wherever a token is.

**Amounts** are exact decimals of at most 15 digits, numbers or strings on the way in and numbers on the way out. **Dates** are UTC.
**Identifiers** are objects with exactly one member.

**Drop-in paths.** The same methods answer under `/crmapi/rest/v2/`. There unknown members are ignored, and a call that is refused
for its token, rights, parameters, identifiers or state is answered with HTTP 200: its clients read `status.code` alone.
"""


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
        "paths": paths | {"/health": {"get": _health()}},
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
        "query": {"type": "apiKey", "in": "query", "name": "token", "description": f"{about} A body has it as its member `token`."},
    }


def _health() -> dict[str, Any]:
    schema = {
        "type": "object",
        "required": ["status", "problems"],
        "properties": {"status": {"enum": ["OK", "FAILING"]}, "problems": {"type": "array", "items": {"type": "string"}}},
    }
    content = {"application/json": {"schema": schema}}
    return {
        "operationId": "health",
        "summary": "Whether the database can be reached and has the schema of this version.",
        "security": [],
        "responses": {
            "200": {"description": "All is well.", "content": content},
            "503": {"description": "Something is not; `problems` says what.", "content": content},
        },
    }
