"""The outbox: finished calls that have to be handed on to whom the team file names under `after`."""

from __future__ import annotations

from typing import Any

from peewee import DoubleField, IntegerField, Model, TextField

INDEX = "CREATE INDEX outbox_due ON outbox (team, due) WHERE failed IS NULL"


class Outbox(Model):
    """A call that waits, or that could not be delivered."""

    call = TextField(primary_key=True)
    team = TextField()
    body = TextField()  # the call as JSON
    made = DoubleField()
    due = DoubleField()  # when it is to be tried; later than now while a process has it
    tries = IntegerField()  # that have failed
    failed = DoubleField(null=True)  # when it was given up
    reason = TextField(null=True)  # why the last try failed

    class Meta:
        """Its table."""

        table_name = "outbox"


def up(_: Any, db: Any) -> None:
    """Make the table."""
    with db.bind_ctx([Outbox]):
        db.create_tables([Outbox], safe=False)
    db.execute_sql(INDEX)
