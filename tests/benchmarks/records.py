"""A million calls in an SQLite file: how long it takes to list, filter and search them."""

from __future__ import annotations

import json
import random
import sqlite3
import statistics
import tempfile
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from time import perf_counter
from typing import Any

from orchestrator.records import Archive, Filter

CALLS = 1_000_000
BATCH = 10_000
BEGAN, APART = 1_700_000_000.0, 30.0  # the first call, and the seconds between two
AGENTS = ("front", "billing", "orders", "returns", "person")
ENDINGS = ("left",) * 90 + ("limit",) * 8 + ("failed",) * 2
WORDS = 20_000  # of the language in which they speak, the first ones most often
TIMES = 15


def fill(archive: Archive, count: int = CALLS) -> None:
    """Write calls at once, as the writer would have one by one."""
    assert archive.database.file is not None
    with archive.database.connection():
        pass  # the tables are made
    chance = random.Random(1)
    with closing(sqlite3.connect(archive.database.file, isolation_level=None)) as file:
        file.execute("PRAGMA synchronous = off")
        for first in range(0, count, BATCH):
            rows = [call(number, chance) for number in range(first, min(first + BATCH, count))]
            names = list(rows[0])
            agents = [
                (name, row["number"], row["ending"]) for row in rows for name in json.loads(row["summary"])["agents"]
            ]
            file.execute("BEGIN")
            file.executemany(f"INSERT INTO calls ({', '.join(names)}) VALUES (:{', :'.join(names)})", rows)
            file.executemany("INSERT INTO lines VALUES (?, 0, '{}')", [(row["number"],) for row in rows])
            file.executemany("INSERT INTO call_agents (agent, call, ending) VALUES (?, ?, ?)", agents)
            texts = [(row["number"], said(chance)) for row in rows]
            file.executemany("INSERT INTO transcripts (rowid, words) VALUES (?, ?)", texts)
            file.execute("COMMIT")


def call(number: int, chance: random.Random) -> dict[str, Any]:
    """Return the row of a call."""
    started = BEGAN + number * APART
    agents = ["front", *chance.sample(AGENTS[1:4], chance.choice((0, 1, 2)))]
    if number % 5000 == 0:
        agents.append("person")
    summary = {"agents": agents, "agent": agents[-1], "reason": "the caller left", "seconds": 90.0, "turns": 12}
    ended = {"ended": started + 90, "ending": chance.choice(ENDINGS), "summary": json.dumps(summary)}
    known = {"id": f"sess_{number:020}", "team": f"team{number % 3}", "team_hash": "f00d", "started": started}
    return {**known, **ended, "number": round(started * 1e6), "touched": started, "keep": 1e9, "expires": started + 1e9}


def agents_of(row: dict[str, Any]) -> list[str]:
    """Return the agents of a call."""
    return list(json.loads(row["summary"])["agents"])


def said(chance: random.Random) -> str:
    """Return a short transcript."""
    return " ".join(f"w{int(chance.paretovariate(0.6)) % WORDS}" for _ in range(25))


WANTED = {
    "the newest": Filter(),
    "a page in the middle": Filter(after=f"sess_{CALLS // 2:020}"),
    "by agent": Filter(agent="billing"),
    "by an agent of few calls": Filter(agent="person"),
    "by agent and ending": Filter(agent="person", ending="failed"),
    "by ending": Filter(ending="failed"),
    "by team and date": Filter(team="team1", until=BEGAN + CALLS * APART / 3),
    "open ones": Filter(ending="open"),
    "by a word that is everywhere": Filter(text="w1"),
    "by a rare word": Filter(text=f"w{WORDS - 1}"),
    "by two words": Filter(text="w1 w17"),
    "by a word and agent": Filter(text="w1", agent="person"),
    "by a word, agent and ending": Filter(text="w3", agent="billing", ending="failed"),
    "by a word that nobody said": Filter(text="nobody"),
}


def searches() -> Iterator[tuple[str, float, str, str, str]]:
    """Yield the figures: name, value, unit, goal and what stands beside."""
    with tempfile.TemporaryDirectory() as folder:
        archive = Archive(f"sqlite:///{folder}/calls.db")
        began = perf_counter()
        fill(archive)
        size = (Path(folder) / "calls.db").stat().st_size / 1e6
        beside = f"{CALLS:,} calls, {size:.0f} MB, written in {perf_counter() - began:.0f} s"
        for name, wanted in WANTED.items():
            times = []
            for _ in range(TIMES):
                began = perf_counter()
                found = archive.find(wanted)
                times.append((perf_counter() - began) * 1000)
            slowest = f"slowest {max(times):.1f} ms, {len(found)} found"
            yield f"calls, {name}", statistics.median(times), "ms", "< 100", f"{slowest}; {beside}".rstrip("; ")
            beside = ""
