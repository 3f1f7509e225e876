"""The results of tests as JUnit XML, as GitHub, GitLab and Jenkins read it: one `testcase` for each test."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from xml.etree.ElementTree import Element, ElementTree, SubElement, indent, tostring

from orchestrator.team.trials.cases import Case
from orchestrator.trials.pass_k import pass_k
from orchestrator.trials.report import failure_lines
from orchestrator.trials.results import Result, Verdict

INVALID = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")  # what XML cannot hold
TAGS = {Verdict.FAILED: "failure", Verdict.BROKEN: "error"}


def junit(team: str, done: Sequence[tuple[Case, Result]]) -> str:
    """Return the XML of a run of tests of a team."""
    suite = Element("testsuite", name=_text(team), tests=str(len(done)))
    for kind, verdict in (("failures", Verdict.FAILED), ("errors", Verdict.BROKEN), ("skipped", Verdict.SKIPPED)):
        suite.set(kind, str(sum(result.verdict is verdict for _, result in done)))
    suite.set("time", _seconds(result for _, result in done))
    for case, result in done:
        _add(suite, team, case, result)
    suites = Element("testsuites", {name: value for name, value in suite.attrib.items() if name != "skipped"})
    suites.append(suite)
    indent(ElementTree(suites))
    return tostring(suites, encoding="unicode", xml_declaration=True) + "\n"


def _add(suite: Element, team: str, case: Case, result: Result) -> None:
    test = SubElement(suite, "testcase", classname=_text(team), name=_text(result.name), time=_seconds([result]))
    test.set("file", str(case.file))
    test.set("line", str(case.line()))
    if len(result.attempts) > 1:
        properties = SubElement(test, "properties")
        passed = sum(attempt.verdict is Verdict.PASSED for attempt in result.attempts)
        values = {"attempts": len(result.attempts), "passed": passed}
        chances = {f"pass^{k}": pass_k(result, k) for k in range(1, len(result.attempts) + 1)}
        told = {name: f"{chance:.4f}" for name, chance in chances.items() if chance is not None}
        for name, value in {**values, **told}.items():
            SubElement(properties, "property", name=name, value=str(value))
    if result.verdict is Verdict.SKIPPED:
        SubElement(test, "skipped", message=_text(result.attempts[0].reason))
    elif result.verdict in TAGS:
        lines = list(failure_lines(case, result))
        problem = SubElement(test, TAGS[result.verdict], message=_text(_first(result)), type=result.verdict)
        problem.text = _text("\n".join(lines))


def _first(result: Result) -> str:
    """Return in one line what was wrong first."""
    bad = next(attempt for attempt in result.attempts if attempt.verdict is result.verdict)
    keys = ", ".join(dict.fromkeys(failure.key for failure in bad.failures))
    return bad.reason or f"not as expected: {keys}"


def _seconds(results: Iterable[Result]) -> str:
    return f"{sum(attempt.seconds for result in results for attempt in result.attempts):.3f}"


def _text(text: str) -> str:
    return INVALID.sub("\ufffd", text)
