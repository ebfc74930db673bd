"""How often the configuration was changed: what is known of it holds as long as this number does."""

from typing import Any

from peewee import BigAutoField, BigIntegerField, Model


class Edition(Model):
    pk = BigAutoField()
    value = BigIntegerField()

    class Meta:
        legacy_table_names = False


def up(_migrator: Any, db: Any) -> None:
    with db.bind_ctx((Edition,)):
        db.create_tables((Edition,))
        Edition.create(value=1)
