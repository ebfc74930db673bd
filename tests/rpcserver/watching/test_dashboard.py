"""The dashboard for Grafana, and the alerts of the README: they ask for what a running server tells."""

import json
import re
from collections.abc import Callable, Iterator, Mapping
from itertools import combinations
from typing import Any

import pytest
from starlette.testclient import TestClient
from typer.testing import CliRunner

from rpcserver.__main__ import app
from rpcserver.settings import Settings
from rpcserver.watching.measures import DASHBOARD, MEASURES
from tests import readme
from tests.rpcserver import world
from tests.rpcserver.asking import payment
from tests.rpcserver.watching.scraping import scraped
from tests.rpcserver.world import World

pytestmark = pytest.mark.one_engine

MADE: dict[str, Any] = json.loads(DASHBOARD.read_text())
PANELS = {panel["title"]: panel for panel in MADE["panels"]}
BY_PROMETHEUS = {"job", "instance", "up"}
"""What every series has got from who scraped it."""
NAME = re.compile(r"\brpcserver_\w+")
SELECTED = re.compile(r"\b(rpcserver_\w+)\{([^}]*)\}")
LABEL = re.compile(r"(\w+)\s*(?:=~|!~|!=|=)")
GROUPED = re.compile(r"\bby \(([^)]*)\)")
SHOWN = re.compile(r"\{\{(\w+)\}\}")
ALERT = re.compile(r"^ +expr: (.+)$", re.MULTILINE)
Labels = Mapping[str, set[str]]


@pytest.fixture
def settings(here: World) -> Settings:
    return world.settings_for(here.path, metrics=True)


@pytest.fixture
def told(client: TestClient, token: Callable[[str], str], here: World) -> Labels:
    """What the server tells after a call: each name with its labels."""
    client.post("/payments/create", json={"token": token("clerk"), **payment(here)})
    found: dict[str, set[str]] = {}
    for name, labels in scraped(client):
        found.setdefault(name, set()).update(dict(labels))
    return found


def queries() -> Iterator[tuple[str, str]]:
    """Every query with the legend that it is shown under."""
    for panel in MADE["panels"]:
        for target in panel["targets"]:
            yield target["expr"], target["legendFormat"]


def alerts() -> list[str]:
    return ALERT.findall(readme.README.read_text())


def strange(query: str, told: Labels) -> list[str]:
    """What a query asks for that nobody tells."""
    names = NAME.findall(query)
    known = set().union(*(told.get(name, set()) for name in names)) | BY_PROMETHEUS
    unknown = [name for name in names if name not in told]
    for name, selector in SELECTED.findall(query):
        unknown += [label for label in LABEL.findall(selector) if label not in told.get(name, set()) | BY_PROMETHEUS]
    return unknown + [label for group in GROUPED.findall(query) for label in group.split(", ") if label not in known]


def test_every_query_asks_for_metrics_and_labels_that_the_server_tells(told: Labels) -> None:
    assert len(list(queries())) > 15
    assert [(query, found) for query, _ in queries() if (found := strange(query, told))] == []


def test_every_alert_asks_for_metrics_and_labels_that_the_server_tells(told: Labels) -> None:
    assert len(alerts()) == 8
    assert [(query, found) for query in alerts() if (found := strange(query, told))] == []


@pytest.mark.parametrize(
    "wrong",
    [
        "sum(rpcserver_call_total)",
        'rate(rpcserver_calls_total{status="200"}[5m])',
        "sum by (door, path) (rpcserver_calls_total)",
        "sum by (door) (rpcserver_workers)",
    ],
)
def test_a_query_for_what_nobody_tells_is_found(told: Labels, wrong: str) -> None:
    assert len(strange(wrong, told)) == 1


def test_every_metric_is_on_the_dashboard() -> None:
    asked = " ".join(query for query, _ in queries())
    assert [measure.name for measure in MEASURES if measure.name not in asked] == []


def test_a_legend_shows_labels_that_its_query_keeps() -> None:
    for query, legend in queries():
        kept = {label for group in GROUPED.findall(query) for label in group.split(", ")}
        assert set(SHOWN.findall(legend)) <= kept, query


def test_quantiles_are_made_of_buckets_and_counters_are_asked_for_their_rate() -> None:
    for query in [*(query for query, _ in queries()), *alerts()]:
        assert ("histogram_quantile" in query) == ("_bucket" in query), query
        counters = re.findall(r"rpcserver_\w+_(?:total|bucket|sum|count)\b", query)
        assert query.count("rate(") == len(counters), query
        assert query.count("(") == query.count(")") and query.count("{") == query.count("}"), query


def test_it_can_be_imported_and_asks_which_data_source_to_use() -> None:
    variables = {variable["name"]: variable for variable in MADE["templating"]["list"]}
    assert (variables["datasource"]["type"], variables["datasource"]["query"]) == ("datasource", "prometheus")
    assert next(iter(variables)) == "datasource", "the others are asked of it"
    asked = [*MADE["panels"], *(target for panel in MADE["panels"] for target in panel["targets"]), variables["job"]]
    assert {(each["datasource"]["type"], each["datasource"]["uid"]) for each in asked} == {("prometheus", "${datasource}")}
    assert (MADE["title"], MADE["schemaVersion"] >= 36, "id" in MADE, "__inputs" in MADE) == ("rpcserver", True, False, False)
    used = set(re.findall(r"\$(\w+)", " ".join(query for query, _ in queries())))
    assert used <= {*variables, "__rate_interval"}


def test_no_panel_lies_on_another() -> None:
    assert len({panel["id"] for panel in MADE["panels"]}) == len(PANELS) == len(MADE["panels"])
    for one, other in combinations((panel["gridPos"] for panel in MADE["panels"]), 2):
        beside = one["x"] + one["w"] <= other["x"] or other["x"] + other["w"] <= one["x"]
        assert beside or one["y"] + one["h"] <= other["y"] or other["y"] + other["h"] <= one["y"]
        assert one["x"] + one["w"] <= 24


def test_the_command_prints_it() -> None:
    printed = CliRunner().invoke(app, ["dashboard"])
    assert (printed.exit_code, json.loads(printed.output)) == (0, MADE)
