"""A server whose database finds the disk full when a file says so: `python -m tests.full_disk serve ...`.

The file, named by the environment variable `PAGES`, holds how many pages the database may have; it is read whenever a connection is
opened, as it is after every trouble with one.
"""

import os
from pathlib import Path
from typing import Any
from unittest.mock import patch

from peewee import SqliteDatabase

from ledger.storage import engine
from rpcserver.__main__ import main

VARIABLE = "PAGES"


class Confined(SqliteDatabase):
    """A database of so many pages."""

    def connect(self, reuse_if_open: bool = False) -> bool:
        is_new: bool = super().connect(reuse_if_open)
        opened: Any = self
        opened.execute_sql(f"PRAGMA max_page_count = {int(Path(os.environ[VARIABLE]).read_text())}")
        return is_new


if __name__ == "__main__":
    with patch.object(engine, "SqliteDatabase", Confined):
        main()
