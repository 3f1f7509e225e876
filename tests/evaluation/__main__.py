"""Prints how many turns of the dialogues are right: `python -m tests.evaluation [--show] [team or folder …]`."""

from __future__ import annotations

import asyncio
import sys

from tests.evaluation import dialogues
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


def main(arguments: list[str]) -> None:
    """Score the teams that are named, or all."""
    names = [argument for argument in arguments if not argument.startswith("-")] or dialogues.teams()
    scores: dict[str, Score] = {}
    for team in names:
        name = dialogues.folder(team).name
        scores[name] = asyncio.run(score(team))
        print(*(scores[name].said if "--show" in arguments else scores[name].faults), sep="\n")
    print(table(scores))


if __name__ == "__main__":
    main(sys.argv[1:])
