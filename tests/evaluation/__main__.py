"""Prints how many turns are right: `python -m tests.evaluation [--spoken] [--show] [team or folder …]`.

`--spoken` lets every voice hold every dialogue, `--voice NAME` one of them.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import statistics
import sys

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # as a server does it, before numpy is imported
from tests.evaluation import dialogues, voices
from tests.evaluation.scoring import Score, score

TUNED = ("clinic", "hotel")  # the others were written by somebody else, and were not looked at while the router changed


def table(scores: dict[str, Score]) -> str:
    """Return the scores as a table: a row for each kind of turn, a column for each team."""
    total = Score()
    for one in scores.values():
        total.add(one)
    columns = {**scores, "all": total}
    kinds = sorted(total.turns)
    rows = ["| kind | " + " | ".join(columns) + " |", "| --- |" + " --- |" * len(columns)]
    rows += [
        f"| {kind} | " + " | ".join(f"{one.right[kind]} of {one.turns[kind]}" for one in columns.values()) + " |"
        for kind in kinds
    ]
    totals = " | ".join(f"{one.right.total()} of {one.turns.total()} ({one.share:.0%})" for one in columns.values())
    return "\n".join([*rows, f"| **all** | {totals} |"])


def waiting(scores: dict[str, Score]) -> str:
    """Return how long the silences were that ended spoken turns."""
    waits = [wait for one in scores.values() for wait in one.waits]
    cut_off = sum(one.cut_off for one in scores.values())
    if len(waits) < 2:
        return ""
    p95 = statistics.quantiles(waits, n=20)[18]
    return (
        f"{len(waits)} turns ended {statistics.median(waits):.0f} ms after the caller (median; {p95:.0f} p95, "
        f"{max(waits)} max), {cut_off} before the caller had finished"
    )


async def held(team: str, speaking: list[str]) -> Score:
    """Score a team, over all voices."""
    found = Score()
    for voice in speaking:
        found.add(await score(team, voice))
    return found


def main(arguments: list[str]) -> None:
    """Score the teams that are named, or all."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--spoken", action="store_true")
    parser.add_argument("--voice", action="append", choices=voices.names(), default=[])
    parser.add_argument("--show", action="store_true")
    parser.add_argument("team", nargs="*")
    wanted = parser.parse_args(arguments)
    speaking = wanted.voice or (voices.names() if wanted.spoken else [""])
    scores: dict[str, Score] = {}
    for team in wanted.team or dialogues.teams():
        name = dialogues.folder(team).name
        scores[name] = asyncio.run(held(team, speaking))
        print(*(scores[name].said if wanted.show else scores[name].faults), sep="\n", flush=True)
    print(table(scores), waiting(scores), sep="\n\n")


if __name__ == "__main__":
    main(sys.argv[1:])
