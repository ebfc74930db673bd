"""Reading what `/metrics` answers."""

from collections.abc import Mapping
from typing import Any

import requests
from prometheus_client.openmetrics import parser as openmetrics
from prometheus_client.parser import text_string_to_metric_families
from starlette.testclient import TestClient

Series = Mapping[tuple[str, frozenset[tuple[str, str]]], float]
TEXT, OPEN = "text/plain; version=0.0.4; charset=utf-8", "application/openmetrics-text; version=1.0.0; charset=utf-8"


def series_of(text: str, kind: str = TEXT) -> Series:
    """Every value by its name and its labels."""
    read: Any = text_string_to_metric_families if kind == TEXT else openmetrics.text_string_to_metric_families
    return {(sample.name, frozenset(sample.labels.items())): sample.value for family in read(text) for sample in family.samples}


def value(series: Series, name: str, **labels: str) -> float:
    """The sum of all values of this name that have these labels."""
    wanted = set(labels.items())
    return sum(value for (found, its), value in series.items() if found == name and wanted <= its)


def scraped(client: TestClient, **headers: str) -> Series:
    """What a server in this process tells."""
    answer = client.get("/metrics", headers=headers)
    assert answer.status_code == 200, answer.text
    return series_of(answer.text, answer.headers["Content-Type"])


def scraped_at(address: str) -> Series:
    """What a server at an address tells."""
    answer = requests.get(f"{address}/metrics", timeout=10)
    assert answer.status_code == 200, answer.text
    return series_of(answer.text)
