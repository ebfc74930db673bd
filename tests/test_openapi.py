"""The OpenAPI document: it is valid, it says everything that METHODS says, and it says the truth."""

import copy
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.request import urlopen

import pytest
from jsonschema import Draft202012Validator
from openapi_spec_validator import validate

from ledger.errors import UnsupportedMediaType
from methods import METHODS
from methods.method import parameter_table
from methods.objects.sessions import EnvelopeStatus
from methods.shape import Shape
from rpcserver import VERSION, faults, openapi
from rpcserver.postman.recording import recorded
from rpcserver.postman.story import folders
from tests.live import LOG, ROOT, Live, serving
from tests.native import Native
from tests.promised import schemathesis

pytestmark = pytest.mark.one_engine

LIMITS = ("/payments/create", "/batch", "/audit/list")
"""Paths whose parameters, nearly every kind of them among these, are asked at and beyond all their limits; `make big` asks those of
all paths."""

DOCUMENT = openapi.document()
OPERATIONS = [(path, verb) for path, method in METHODS.items() for verb in ("get", "post") if verb == "post" or not method.writes]
READS = [path for path, method in METHODS.items() if not method.writes]


@pytest.fixture(scope="module")
def live(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Live]:
    with serving(tmp_path_factory.mktemp("served")) as server:
        yield server


def operation(path: str, verb: str) -> dict[str, Any]:
    return dict(DOCUMENT["paths"][f"/{path}"][verb])


def response(path: str, verb: str, status: str) -> dict[str, Any]:
    found = operation(path, verb)["responses"][status]
    name = found.get("$ref", "").rpartition("/")[2]
    return dict(DOCUMENT["components"]["responses"][name] if name else found)


def schema_of(path: str, verb: str, status: str) -> dict[str, Any]:
    return dict(response(path, verb, status)["content"]["application/json"]["schema"])


def fits(value: object, schema: dict[str, Any], document: dict[str, Any]) -> None:
    """Whether a value fits a schema that stands somewhere in a document."""
    Draft202012Validator({**schema, "components": document["components"]}).validate(value)


def shapes(of: type[Shape] = Shape) -> Iterator[type[Shape]]:
    for shape in of.__subclasses__():
        yield shape
        yield from shapes(shape)


def whole(document: dict[str, Any]) -> dict[str, Any]:
    """The document as it would be without fields_set: every member of an answered object has to be there."""
    strict = copy.deepcopy(document)
    for shape in shapes():
        found = strict["components"]["schemas"].get(shape.__name__)
        if found is not None and shape is not EnvelopeStatus:
            found["required"] = list(found["properties"])
    return strict


def test_the_document_is_valid() -> None:
    validate(DOCUMENT)


def test_the_document_has_the_version_of_the_project() -> None:
    assert f'version = "{VERSION}"' in (ROOT / "pyproject.toml").read_text()
    assert DOCUMENT["info"]["version"] == VERSION


def test_every_method_is_in_it_with_its_verbs_and_nothing_else_is() -> None:
    found = {path: set(item) for path, item in DOCUMENT["paths"].items() if not path.startswith("/health")}
    assert found == {f"/{path}": {"post"} if method.writes else {"get", "post"} for path, method in METHODS.items()}
    names = [operation(path, verb)["operationId"] for path, verb in OPERATIONS]
    assert len(set(names)) == len(names)


@pytest.mark.parametrize(("path", "verb"), OPERATIONS)
def test_every_refusal_stands_under_its_status_with_an_example(path: str, verb: str) -> None:
    expected: dict[str, list[str]] = {}
    for refusal in METHODS[path].all_refusals:
        if verb == "post" or refusal is not UnsupportedMediaType:
            expected.setdefault(str(faults.status_of(refusal)), []).append(refusal.code)
    assert list(operation(path, verb)["responses"]) == ["200", *sorted(expected)]
    for status, codes in expected.items():
        schema = schema_of(path, verb, status)
        assert schema["allOf"][1]["properties"]["status"]["properties"]["code"]["enum"] == codes
        assert list(response(path, verb, status)["content"]["application/json"]["examples"]) == codes
        for code in codes:
            fits(DOCUMENT["components"]["examples"][code]["value"], schema, DOCUMENT)


@pytest.mark.parametrize("path", METHODS)
def test_the_body_has_the_members_of_the_parameter_table_and_no_others(path: str) -> None:
    body = operation(path, "post")["requestBody"]["content"]["application/json"]["schema"]
    table = parameter_table(METHODS[path])
    assert list(body["properties"]) == [row.name for row in table]
    assert body.get("required", []) == [row.name for row in table if row.mandatory]
    assert body["additionalProperties"] is False
    assert all("description" in member for member in body["properties"].values())


@pytest.mark.parametrize("path", READS)
def test_the_query_has_the_members_of_the_parameter_table_without_the_token(path: str) -> None:
    found = [member for member in operation(path, "get")["parameters"] if member.get("in") == "query"]
    table = [row for row in parameter_table(METHODS[path]) if row.name != "token"]
    assert [(member["name"], member["required"]) for member in found] == [(row.name, row.mandatory) for row in table]


def test_an_identifier_is_exactly_one_of_its_members() -> None:
    named = {"$ref": "#/components/schemas/AccountsReceivableIdentifier"}
    judged = Draft202012Validator({**named, "components": DOCUMENT["components"]})
    assert judged.is_valid({"number": "9"}) and judged.is_valid({"id": "7C5B8E9E5A8D1733EBFE75D89C10D8FC"})
    for wrong in ({}, {"number": "9", "name": "Iris"}, {"nummer": "9"}, {"number": ""}, {"number": 9.5}, "9"):
        assert not judged.is_valid(wrong)


def test_an_item_of_a_set_is_an_object_or_a_bare_identifier() -> None:
    judged = Draft202012Validator({"$ref": "#/components/schemas/InvoiceEdit", "components": DOCUMENT["components"]})
    for right in ({"invoice_identifier": {"number": "1"}}, {"number": "1"}, {"number": "1", "action": "ADD"}):
        assert judged.is_valid(right)
    for wrong in ({"bill_identifier": {"number": "1"}}, {"number": "1", "action": "TURN"}, {"id": "1", "number": "1"}):
        assert not judged.is_valid(wrong)


def test_methods_for_everybody_need_no_token_and_all_others_say_how_to_send_it() -> None:
    schemes = set(DOCUMENT["components"]["securitySchemes"])
    for path, verb in OPERATIONS:
        security = operation(path, verb)["security"]
        named = {name for choice in security for name in choice}
        assert named <= {"basic"} if METHODS[path].public else named == schemes - {"basic"}


def test_what_a_demo_answers_fits_the_schemas_whole() -> None:
    strict = whole(DOCUMENT)
    steps = [step for folder in folders().values() for step in folder]
    for step, answer in zip(steps, recorded(steps), strict=True):
        document = DOCUMENT if "fields_set" in step.body else strict
        fits(answer, schema_of(step.path, "post", "200"), document)
        fits(step.body, operation(step.path, "post")["requestBody"]["content"]["application/json"]["schema"], DOCUMENT)


def test_the_example_of_every_method_fits_its_schema() -> None:
    for path, method in METHODS.items():
        fits(method.example, operation(path, "post")["requestBody"]["content"]["application/json"]["schema"], DOCUMENT)


def filled(native: Native, body: dict[str, Any]) -> dict[str, Any]:
    """A body with the login of the one who asks in it."""
    login = native.made["users"]["admin"]
    text = json.dumps(body).replace("{{username}}", login["username"]).replace("{{password}}", login["password"])
    return dict(json.loads(text))


def query(example: dict[str, Any]) -> dict[str, str]:
    """An example as a query, its identifiers as texts."""
    identifiers = {name: "=".join(*value.items()) for name, value in example.items() if isinstance(value, dict)}
    plain = {name: value if isinstance(value, str) else json.dumps(value) for name, value in example.items()}
    return plain | identifiers


@pytest.mark.parametrize("path", READS)
def test_a_query_spelled_as_documented_is_answered_as_documented(unwritten: Native, path: str) -> None:
    example = METHODS[path].example
    answer = unwritten.get(path, query(example))
    fits(answer.body, schema_of(path, "get", "200"), DOCUMENT if "fields_set" in example else whole(DOCUMENT))


@pytest.mark.parametrize("path", [path for path, method in METHODS.items() if "validate_only" in method.params.model_fields])
def test_a_call_that_is_only_tried_is_answered_as_documented(unwritten: Native, path: str) -> None:
    answer = unwritten.ask(path, filled(unwritten, {**METHODS[path].example, "validate_only": True}))
    fits(answer.body, schema_of(path, "post", "200"), DOCUMENT)


@pytest.mark.parametrize("path", READS)
def test_a_refusal_is_answered_as_documented(unwritten: Native, path: str) -> None:
    answer = unwritten.ask(path, {"nonsense": True})
    assert answer.status == 422
    fits(answer.body, schema_of(path, "post", "422"), DOCUMENT)


def test_the_server_offers_the_document_that_the_command_prints(live: Live) -> None:
    with urlopen(f"{live.url}/openapi.json") as answered:
        assert json.load(answered) == json.loads(live.command("openapi")) == DOCUMENT


def calls(live: Live) -> list[dict[str, Any]]:
    """What the server logged of its calls."""
    lines = map(json.loads, (live.folder / LOG).read_text().splitlines())
    return [line for line in lines if line["message"] == "call"]


def test_schemathesis_finds_no_fault_in_any_method(live: Live, tmp_path: Path) -> None:
    schemathesis(live, tmp_path, "--phases", "examples,fuzzing", "--max-examples", "1")
    done = {line.get("method") for line in calls(live) if line["code"] == "OK"}
    assert len(done & set(READS)) > len(READS) / 2, "the calls did not come through"
    assert {line.get("method") for line in calls(live)} >= set(METHODS)


def test_schemathesis_finds_no_fault_at_the_limits_of_parameters(live: Live, tmp_path: Path) -> None:
    paths = (word for path in LIMITS for word in ("--include-path", path))
    schemathesis(live, tmp_path, "--phases", "coverage", *paths)
