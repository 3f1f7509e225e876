"""What an entry of `tools:` says of its tools, compared with what they take and with the team's variables."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from difflib import get_close_matches

from orchestrator.team.tools import ToolKeys
from orchestrator.team.tools.templates import paths
from orchestrator.tools.entries import Entry
from orchestrator.tools.tool import Tool

OF_CALL = ("id", "function_call", "agent")
BEFORE = ("args", "variables", "call")  # what templates know before there is an answer


def check_keys(ref: ToolKeys, entry: Entry, tools: Sequence[Tool]) -> None:
    """Report what is wrong with the keys that all kinds of tools have."""
    if not tools:
        return
    arguments = {name for tool in tools for name in tool.parameters.get("properties", {})}
    check = Templates(entry, arguments)
    answers = tools[0].answers
    if isinstance(ref.idempotent, str):
        check.of(ref.idempotent, (), "idempotent")
    if ref.result is not None:
        check.of(ref.result, answers, "result")
    for name, template in ref.sets.items():
        check.of(template, answers, "sets", name)
        _check_set(name, entry, tools)
    for index, name in enumerate(ref.hide):
        if name not in arguments:
            entry.report(f"there is no argument {name!r}", suggest(name, arguments), "hide", index)
    for name, variable in entry.team.variables.items():
        own = [tool for tool in tools if tool.name == variable.set_by and tool.kind != "python"]
        if own and name not in ref.sets:
            what = f"only {own[0].name!r} may set the variable {name!r}, and does not"
            entry.report(what, f"Add `sets: {{{name}: …}}`, or remove `set_by`.", fatal=False)


def _check_set(name: str, entry: Entry, tools: Sequence[Tool]) -> None:
    declared = entry.team.variables.get(name)
    if declared is None:
        remedy = suggest(name, entry.team.variables) or f"Declare it: `variables: {{{name}: null}}`."
        entry.report(f"unknown variable {name!r}", remedy, "sets", name)
    elif declared.set_by is not None and any(tool.name != declared.set_by for tool in tools):
        what = f"variable {name!r} may only be set by {declared.set_by}"
        entry.report(what, f"Write `set_by: {tools[0].name}`, or set another variable.", "sets", name)
    elif not entry.team.may_know(entry.agent, name):
        what = f"{entry.agent!r} may not know the variable {name!r}, by a rule"
        entry.report(what, f"Add {entry.agent!r} to the rule, or remove it.", "sets", name)


class Templates:
    """Checks the templates of an entry."""

    def __init__(self, entry: Entry, arguments: Collection[str]) -> None:
        # The entry, and the arguments of its tools.
        self._entry, self._arguments = entry, arguments

    def of(self, value: object, answers: Collection[str], *below: str | int) -> None:
        """Report paths that lead to nothing; `answers` are the names of what is only known after the answer."""
        if isinstance(value, Mapping):
            for key, each in value.items():
                self.of(each, answers, *below, key)
            return
        if isinstance(value, list | tuple):
            for index, each in enumerate(value):
                self.of(each, answers, *below, index)
            return
        for path in dict.fromkeys(paths(value)):
            for what, remedy in self._faults(path, answers):
                hidden = self._entry.team.from_environment(*self._entry.path, *below)
                self._entry.report("a template that cannot be filled in" if hidden else what, remedy, *below)

    def _faults(self, path: str, answers: Collection[str]) -> Iterator[tuple[str, str]]:
        root, _, rest = path.partition(".")
        name = rest.partition(".")[0]
        team, agent = self._entry.team, self._entry.agent
        if root not in (*BEFORE, *answers):
            later = " only `result` and `sets` know the answer;" if root in ("body", "status", "result") else ""
            yield f"a template knows no `{root}`:{later} it knows {', '.join((*BEFORE, *answers))}", "Correct it."
        elif root == "args" and name and name not in self._arguments:
            yield f"there is no argument {name!r}", suggest(name, self._arguments)
        elif root == "call" and rest not in OF_CALL:
            yield f"a template knows no `{path}`", f"Use one of: {', '.join(f'call.{each}' for each in OF_CALL)}."
        elif root == "variables" and name not in team.variables:
            yield f"unknown variable {name!r}", suggest(name, team.variables)
        elif root == "variables" and not team.may_know(agent, name):
            yield (
                f"{agent!r} may not know the variable {name!r}, by a rule",
                f"Add {agent!r} to the rule, or remove it.",
            )


def suggest(word: str, known: Collection[str]) -> str:
    """Suggest the known word that was probably meant, or list all of them."""
    close = get_close_matches(word, known, 1)
    return f"Did you mean {close[0]!r}?" if close else f"Known: {', '.join(sorted(known))}." if known else ""
