"""The first schema: calls, the lines of their records, their agents, and what was said in them.

`number` is the time at which a call began, in microseconds, made unique: whatever is read by it comes in the order in
which calls began.
"""

from __future__ import annotations

from typing import Any

from peewee import (
    BigIntegerField,
    CompositeKey,
    DoubleField,
    IntegerField,
    Model,
    SqliteDatabase,
    TextField,
)

INDEXES = (
    "CREATE INDEX calls_team ON calls (team, number)",
    "CREATE INDEX calls_ending ON calls (ending, number)",
    "CREATE INDEX calls_open ON calls (number) WHERE ended IS NULL",
    "CREATE INDEX calls_expires ON calls (expires) WHERE expires IS NOT NULL",
    "CREATE INDEX call_agents_call ON call_agents (call)",
    "CREATE INDEX call_agents_ending ON call_agents (agent, ending, call)",
)
SQLITE_TEXT = ("CREATE VIRTUAL TABLE transcripts USING fts5 (words, tokenize = 'unicode61')",)
POSTGRESQL_TEXT = (
    "CREATE TABLE transcripts (call BIGINT PRIMARY KEY, words TSVECTOR NOT NULL)",
    "CREATE INDEX transcripts_words ON transcripts USING gin (words)",
)


class Call(Model):
    """One call."""

    number = BigIntegerField(primary_key=True)
    id = TextField(unique=True)
    team = TextField()
    team_hash = TextField()
    started = DoubleField()
    touched = DoubleField()  # when the process that has it last said so
    ended = DoubleField(null=True)
    ending = TextField(null=True)
    keep = DoubleField(null=True)  # seconds after its end; null: for ever
    expires = DoubleField(null=True)
    summary = TextField()  # JSON; "{}" until it has ended

    class Meta:
        """Its table."""

        table_name = "calls"


class Line(Model):
    """What one flush wrote of a call: lines of its record."""

    call = BigIntegerField()
    number = IntegerField()
    body = TextField()

    class Meta:
        """Its table."""

        table_name = "lines"
        primary_key = CompositeKey("call", "number")


class CallAgent(Model):
    """An agent that had the caller, and how the call ended: lists are often wanted by both."""

    agent = TextField()
    call = BigIntegerField()
    ending = TextField()

    class Meta:
        """Its table."""

        table_name = "call_agents"
        primary_key = CompositeKey("agent", "call")


def up(_: Any, db: Any) -> None:
    """Make the tables."""
    with db.bind_ctx([Call, Line, CallAgent]):
        db.create_tables([Call, Line, CallAgent], safe=False)
    text = SQLITE_TEXT if isinstance(db, SqliteDatabase) else POSTGRESQL_TEXT
    for statement in (*INDEXES, *text):
        db.execute_sql(statement)
