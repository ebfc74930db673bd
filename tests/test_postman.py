"""The Postman collection: its form, what it says of every method, and that all of it succeeds when it is run in order."""

import json
import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.request import urlopen

import pytest
from jsonschema import Draft202012Validator

from methods import METHODS
from methods.method import parameter_table
from rpcserver import postman
from rpcserver.postman.story import VARIABLES, Step, folders
from tests.live import ROOT, Live, serving

pytestmark = pytest.mark.one_engine

NEWMAN = ROOT / "tests" / "node" / "node_modules" / ".bin" / "newman"
VARIABLE = re.compile(r"{{([^{}]+)}}")
DYNAMIC = {"$guid"}
STEPS = [step for steps in folders().values() for step in steps]

# What format 2.1 asks for, as far as a generated collection uses it.
TEXT = {"type": "string"}
PAIRS = {"type": "array", "items": {"type": "object", "required": ["key", "value"], "properties": {"key": TEXT, "value": TEXT}}}
REQUEST = {
    "type": "object",
    "required": ["method", "header", "body", "url"],
    "properties": {
        "method": {"const": "POST"},
        "header": PAIRS,
        "auth": {"$ref": "#/$defs/auth"},
        "body": {"type": "object", "required": ["mode", "raw"], "properties": {"mode": {"const": "raw"}, "raw": TEXT}},
        "url": {
            "type": "object",
            "required": ["raw", "host", "path"],
            "properties": {"raw": TEXT, "host": {"type": "array", "items": TEXT}, "path": {"type": "array", "items": TEXT}},
        },
        "description": TEXT,
    },
    "additionalProperties": False,
}
EVENT = {
    "type": "object",
    "required": ["listen", "script"],
    "properties": {
        "listen": {"enum": ["test", "prerequest"]},
        "script": {
            "type": "object",
            "required": ["type", "exec"],
            "properties": {"type": {"const": "text/javascript"}, "exec": {"type": "array", "items": TEXT, "minItems": 1}},
        },
    },
}
RESPONSE = {
    "type": "object",
    "required": ["name", "originalRequest", "status", "code", "header", "cookie", "body"],
    "properties": {"originalRequest": REQUEST, "code": {"const": 200}, "header": PAIRS, "cookie": {"type": "array"}, "body": TEXT},
}
ITEM = {
    "type": "object",
    "required": ["name", "event", "request", "response"],
    "properties": {
        "name": TEXT,
        "event": {"type": "array", "items": EVENT, "minItems": 1},
        "request": REQUEST,
        "response": {"type": "array", "items": RESPONSE, "minItems": 1},
    },
    "additionalProperties": False,
}
COLLECTION = {
    "type": "object",
    "required": ["info", "item"],
    "properties": {
        "info": {
            "type": "object",
            "required": ["name", "schema"],
            "properties": {
                "name": TEXT,
                "schema": {"const": "https://schema.getpostman.com/json/collection/v2.1.0/collection.json"},
            },
        },
        "auth": {"$ref": "#/$defs/auth"},
        "variable": PAIRS,
        "item": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["name", "item"],
                "properties": {"name": TEXT, "item": {"type": "array", "items": ITEM, "minItems": 1}},
            },
        },
    },
    "additionalProperties": False,
    "$defs": {
        "auth": {
            "type": "object",
            "required": ["type"],
            "properties": {"type": {"enum": ["bearer", "noauth"]}, "bearer": PAIRS},
            "additionalProperties": False,
        }
    },
}


@pytest.fixture(scope="module")
def collection() -> dict[str, Any]:
    return postman.collection()


@pytest.fixture(scope="module")
def live(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Live]:
    with serving(tmp_path_factory.mktemp("served")) as server:
        yield server


def items(collection: dict[str, Any]) -> list[dict[str, Any]]:
    return [item for folder in collection["item"] for item in folder["item"]]


def fetched(live: Live, name: str, folder: Path) -> str:
    """Where a document of the server was stored."""
    with urlopen(f"{live.url}/postman/{name}.json") as answered:
        (folder / f"{name}.json").write_bytes(answered.read())
    return str(folder / f"{name}.json")


def test_the_collection_has_the_form_of_version_2_1(collection: dict[str, Any]) -> None:
    Draft202012Validator.check_schema(COLLECTION)
    Draft202012Validator(COLLECTION).validate(collection)


def test_every_method_is_requested_in_the_folder_of_its_resource(collection: dict[str, Any]) -> None:
    found = {"/".join(item["request"]["url"]["path"]): folder["name"] for folder in collection["item"] for item in folder["item"]}
    assert set(found) == set(METHODS)
    assert found["payments/configuration/types/list"] == found["payments/create"] == "payments"
    assert found["whoami"] == found["batch"] == "session"


def test_a_description_has_every_parameter_and_every_refusal_with_its_status(collection: dict[str, Any]) -> None:
    for item in items(collection):
        method = METHODS["/".join(item["request"]["url"]["path"])]
        said = item["request"]["description"]
        assert method.summary in said
        assert all(f"| `{row.name}` |" in said for row in parameter_table(method))
        assert all(re.search(rf"\| `{refusal.code}` \| \d{{3}} \|", said) for refusal in method.all_refusals)


def test_the_saved_answer_of_every_request_is_a_success_of_its_shape(collection: dict[str, Any]) -> None:
    for item, step in zip(items(collection), STEPS, strict=True):
        (saved,) = item["response"]
        answer = json.loads(saved["body"])
        assert answer["status"]["code"] == "OK"
        rows = answer["data"] if step.method.many else [answer["data"]]
        named = str(step.body.get("fields_set", "")).split(",")
        assert rows or step.path.endswith("list")
        assert all(set(row) == set(step.method.shape.model_fields) or set(row) == set(named) for row in rows)


def test_no_saved_answer_holds_a_token_or_a_key(collection: dict[str, Any]) -> None:
    saved = "".join(item["response"][0]["body"] for item in items(collection))
    assert set(re.findall(r'"token": "([^"]*)"', saved)) == {"{{token}}"}
    assert set(re.findall(r'whsec_[^"]*', saved)) == {"whsec_..."}
    assert "rpk_" not in saved


def test_every_request_is_tried(collection: dict[str, Any]) -> None:
    for item in items(collection):
        script = "\n".join(item["event"][0]["script"]["exec"])
        assert script.count("pm.test(") == 3
        assert "to.have.status(200)" in script and 'to.equal("OK")' in script


def test_the_login_keeps_its_token_which_all_others_send_and_the_logout_is_last(collection: dict[str, Any]) -> None:
    first, *_, last = items(collection)
    assert first["name"] == "login" and first["request"]["auth"] == {"type": "noauth"}
    assert 'pm.collectionVariables.set("token", answer.data.token);' in first["event"][0]["script"]["exec"]
    assert last["name"] == "logout"
    assert collection["auth"]["bearer"][0]["value"] == "{{token}}"
    for item, step in zip(items(collection), STEPS, strict=True):
        assert ("auth" in item["request"]) == (step.token != "token")
        assert (step.token is None) == step.method.public


def test_every_variable_is_filled_before_it_is_used() -> None:
    known = {entry["key"] for entry in postman.environment("http://localhost")["values"]} | DYNAMIC | set(VARIABLES)
    for step in STEPS:
        assert set(VARIABLE.findall(json.dumps(step.body))) <= known, step.name
        assert step.token is None or step.token in known, step.name
        known |= set(step.keeps)


def test_a_step_says_only_members_that_its_method_has() -> None:
    for step in STEPS:
        assert set(step.body) <= {row.name for row in parameter_table(step.method)}, step.name
        assert set(step.unsaid) <= set(Step(step.path).body), step.name


def test_the_environment_names_the_server_and_holds_no_secret() -> None:
    found = postman.environment("http://127.0.0.1:8000/")
    values = {entry["key"]: entry for entry in found["values"]}
    assert values["base_url"]["value"] == "http://127.0.0.1:8000"
    assert values["username"]["value"] == "admin"
    assert {name: (values[name]["value"], values[name]["type"]) for name in ("password", "web_api_key")} == {
        "password": ("", "secret"),
        "web_api_key": ("", "secret"),
    }


def test_the_server_offers_what_the_command_prints(live: Live, tmp_path: Path) -> None:
    offered = json.loads(Path(fetched(live, "collection", tmp_path)).read_text())
    printed = json.loads(live.command("postman"))
    assert [item["name"] for item in items(offered)] == [item["name"] for item in items(printed)]
    environment = json.loads(Path(fetched(live, "environment", tmp_path)).read_text())
    assert environment == postman.environment(live.url)
    assert json.loads(live.command("postman", "--environment")) == postman.environment("http://127.0.0.1:8000")


def test_newman_runs_the_whole_collection_green_on_a_fresh_demo(live: Live, tmp_path: Path) -> None:
    if not (shutil.which("node") and NEWMAN.exists()):
        assert not os.environ.get("CI"), "newman is missing; install it with: make test"
        pytest.skip("newman is missing: it needs node and npm, and then make installs it")
    words = [str(NEWMAN), "run", fetched(live, "collection", tmp_path), "-e", fetched(live, "environment", tmp_path)]
    words += ["--env-var", f"password={live.demo['users']['admin']['password']}"]
    words += ["--env-var", f"web_api_key={live.demo['keys']['admin']}"]
    words += ["--reporters", "cli,json", "--reporter-json-export", "report.json", "--color", "off"]
    done = subprocess.run(words, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    run = json.loads((tmp_path / "report.json").read_text())["run"]
    assert run["failures"] == []
    assert run["stats"]["requests"] == {"total": len(STEPS), "pending": 0, "failed": 0}
    assert run["stats"]["assertions"]["total"] == 3 * len(STEPS)
