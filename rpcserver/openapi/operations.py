"""The operations of a path: POST with a JSON body, and for reads GET with a query."""

from typing import Any

from methods.method import Method, parameter_table
from methods.tables import Parameter
from rpcserver import arguments, envelope, paths
from rpcserver.describing import callers, resource
from rpcserver.openapi import answers
from rpcserver.openapi.schemas import FIELDS_SET, NAMES_AS_TEXT, Components, Schema, without_null

KEY, REQUEST_ID = "IdempotencyKey", "RequestId"
SECURITY: list[dict[str, list[str]]] = [{"bearer": []}, {"header": []}, {"query": []}]
_IDENTIFIER = " identifier"
_IN_A_QUERY = "Written `member=value`, as in `{example}`; `name[member]=value` and a JSON object are read too."


def parameters() -> dict[str, Any]:
    """The headers that a call may have, as components."""
    return {
        KEY: {
            "name": "Idempotency-Key",
            "in": "header",
            "description": "A key of the caller's choice. The same call with the same key is done once; its answer is kept.",
            "schema": {"type": "string", "minLength": 1, "maxLength": 255},
        },
        REQUEST_ID: {
            "name": "X-Request-Id",
            "in": "header",
            "description": "The caller's name for the call: it comes back with the answer and stands in the log. One that is no "
            "`[A-Za-z0-9._-]{1,128}` is replaced.",
            "schema": {"type": "string"},
        },
    }


def operations(path: str, method: Method, components: Components) -> Schema:
    """What a path answers, by verb in lower case."""
    body = components.of_params(method)
    posted = _operation(path, method) | {
        "parameters": _headers(method),
        "requestBody": {"required": True, "content": {envelope.JSON: {"schema": body, "example": method.example}}},
        "responses": answers.responses(method, components, from_query=False),
    }
    if "GET" not in paths.verbs(method):
        return {"post": posted}
    asked = _operation(path, method) | {
        "operationId": f"{posted['operationId']}_get",
        "parameters": [*_query(method, body), *_headers(method)],
        "responses": answers.responses(method, components, from_query=True),
    }
    return {"get": asked, "post": posted}


def _operation(path: str, method: Method) -> Schema:
    return {
        "operationId": path.replace("/", "_"),
        "tags": [resource(path)],
        "summary": method.summary,
        "description": callers(method),
        "security": _security(method),
    }


def _security(method: Method) -> list[dict[str, list[str]]]:
    """How a call authenticates: one of these; an empty one stands for none."""
    if not method.public:
        return SECURITY
    return [{}, {"basic": []}] if arguments.KEY in method.params.model_fields else []


def _headers(method: Method) -> list[Schema]:
    names = (KEY, REQUEST_ID) if method.writes and not method.secret else (REQUEST_ID,)
    return [{"$ref": f"#/components/parameters/{name}"} for name in names]


def _query(method: Method, body: Schema) -> list[Schema]:
    return [_in_query(row, body["properties"][row.name]) for row in parameter_table(method) if row.name != "token"]


def _in_query(row: Parameter, schema: Schema) -> Schema:
    """A parameter of a query, where all is text: an identifier is its member and its value."""
    if row.type.endswith(_IDENTIFIER):
        text = {"type": "string", "pattern": f"^({'|'.join(row.members)})=[^\\u0000-\\u001F\\u007F-\\u009F]{{1,255}}$"}
        description = f"{row.description} {_IN_A_QUERY.format(example=f'{row.members[0]}=...')}"
        return _parameter(row, description, text)
    if row.name == FIELDS_SET:
        return _parameter(row, row.description, NAMES_AS_TEXT)
    plain = {name: value for name, value in without_null(schema).items() if name != "description"}
    return _parameter(row, row.description, plain)


def _parameter(row: Parameter, description: str, schema: Schema) -> Schema:
    return {"name": row.name, "in": "query", "required": row.mandatory, "description": description, "schema": schema}
