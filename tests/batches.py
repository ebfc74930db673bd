"""How many calls share a commit in a run of the tests: the server's settings, as the environment has them (`make batches`)."""

import os
from collections.abc import Mapping

import pytest

FORCED: Mapping[str, float] = {
    name.lower(): kind(os.environ[name]) for name, kind in (("WRITE_BATCH", int), ("WRITE_LINGER", float)) if name in os.environ
}
"""By the name of the setting; what is not forced is left out."""
ARGUMENTS = {"write_batch": "largest_batch", "write_linger": "linger"}
"""How a book calls these settings."""

of_several = pytest.mark.skipif(FORCED.get("write_batch") == 1, reason="each call has a commit of its own")
"""A test of what calls share that are committed together."""
