"""A change that no test notices is reported unless it is explained, and what is explained has to be true."""

import pytest

from tests.mutants import change, unexplained

DIFF = """\
# ledger.money.x_rounded__mutmut_14: survived
--- ledger/money.py
+++ ledger/money.py
@@ -3,4 +3,4 @@
     nearest = 1
-    return -nearest if value < 0 else nearest
+    return -nearest if value <= 0 else nearest
"""
LINE = "ledger/money.py: return -nearest if value <= 0 else nearest"
ALL = {"ledger.money.x_rounded__mutmut_13": "killed", "ledger.money.x_rounded__mutmut_14": "survived"}


def test_a_change_is_named_by_its_file_and_the_line_it_makes() -> None:
    assert change(DIFF) == LINE


def test_a_change_that_is_explained_is_accepted() -> None:
    assert list(unexplained(ALL, {LINE: "survived"}, {LINE: "-0 is 0"})) == []


@pytest.mark.parametrize("status", ["survived", "timeout", "no tests"])
def test_a_change_that_is_not_explained_is_reported(status: str) -> None:
    assert list(unexplained(ALL, {LINE: status}, {})) == [f"{status}, and nobody says why: {LINE}"]


def test_an_explanation_of_a_change_that_is_noticed_is_reported() -> None:
    assert list(unexplained(ALL, {}, {LINE: "-0 is 0"})) == [f"explained, but a test notices it or it is not made any more: {LINE}"]


def test_a_run_that_changes_nothing_is_reported() -> None:
    assert list(unexplained({}, {}, {})) == ["nothing was changed"]
