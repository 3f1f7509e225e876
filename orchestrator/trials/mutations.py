"""Mutations of a team: without one rule, one need, or one edge. What no test notices, no test holds."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from orchestrator.team import Handoff, Team


@dataclass(frozen=True, slots=True)
class Mutation:
    """A team that lacks one thing, and what it lacks."""

    lacks: str
    where: str  # in the team file
    team: Team


def mutations(team: Team) -> Iterator[Mutation]:
    """Yield the team without each of its rules, needs and edges, one at a time."""
    for index, rule in enumerate(team.rules):
        rules = team.rules[:index] + team.rules[index + 1 :]
        yield Mutation(f"the rule `{rule}`", team.place("rules", index), team.model_copy(update={"rules": rules}))
    for path, edges in team.edge_lists():
        source = path[1] if len(path) == 3 else "anywhere"
        for index, edge in enumerate(edges):
            where = team.place(*team.path_of(path, index, edge.to))
            needed = edge.needs if isinstance(edge, Handoff) else ()
            for variable in needed:
                left = tuple(name for name in needed if name != variable)
                needs = f"the need of {variable} from {source} to {edge.to}"
                yield Mutation(needs, where, _with(team, path, _replaced(edges, index, {"needs": left})))
            kind = {"handoffs": "handoff", "consult": "consult", "messages": "message"}.get(str(path[-1]), "handoff")
            yield Mutation(f"the {kind} from {source} to {edge.to}", where, _with(team, path, _without(edges, index)))


def unnoticed(team: Team, passes: Callable[[Team], bool]) -> Iterator[Mutation]:
    """Yield the mutations with which all tests pass that pass with the team itself."""
    for mutation in mutations(team):
        if passes(mutation.team):
            yield mutation


def _replaced(edges: Sequence[Any], index: int, keys: dict[str, Any]) -> tuple[Any, ...]:
    return (*edges[:index], edges[index].model_copy(update=keys), *edges[index + 1 :])


def _without(edges: Sequence[Any], index: int) -> tuple[Any, ...]:
    return (*edges[:index], *edges[index + 1 :])


def _with(team: Team, path: Sequence[str | int], edges: tuple[Any, ...]) -> Team:
    """Return the team with another list of edges at a path."""
    if len(path) == 1:
        return team.model_copy(update={str(path[0]): edges})
    _, name, key = map(str, path)
    agent = team.agents[name].model_copy(update={key: edges})
    return team.model_copy(update={"agents": {**team.agents, name: agent}})
