"""Results as JUnit XML."""

from __future__ import annotations

from xml.etree.ElementTree import fromstring

from orchestrator.trials.junit import junit
from orchestrator.trials.results import Attempt, Failure, Result, Verdict
from tests.trials.made import AGENT, CASE, PASSED, failed, result

DONE = (
    result(PASSED),
    result(failed(AGENT), PASSED),
    result(Attempt(verdict=Verdict.SKIPPED, reason="no <model>")),
    result(Attempt(verdict=Verdict.BROKEN, reason="KeyError: '\x1b'")),
)


def written(*results: Result) -> str:
    """Return the XML of some results."""
    return junit("bank", [(CASE, each) for each in results])


def test_it_has_the_elements_and_attributes_of_the_format() -> None:
    """As the schema of Jenkins' xunit plugin has them, which GitHub's actions and GitLab follow."""
    suites = fromstring(written(*DONE))
    (suite,) = suites

    assert (suites.tag, suite.tag) == ("testsuites", "testsuite")
    assert suites.attrib == {"name": "bank", "tests": "4", "failures": "1", "errors": "1", "time": "18.000"}
    assert suite.attrib == {**suites.attrib, "skipped": "1"}
    assert [[child.tag for child in test] for test in suite] == [[], ["properties", "failure"], ["skipped"], ["error"]]
    for test in suite:
        assert test.attrib == {
            "classname": "bank", "name": "refund", "time": test.attrib["time"], "file": "/t/tests.yaml", "line": "3",
        }  # fmt: skip


def test_a_failure_tells_what_the_report_tells() -> None:
    """Its message in one line, and below it place, transcript, expected and got."""
    problem = fromstring(written(DONE[1])).find(".//failure")
    assert problem is not None

    assert problem.attrib == {"message": "not as expected: agent", "type": "failed"}
    lines = (problem.text or "").splitlines()
    assert lines[0] == "tests.yaml:7:5 refund.talk.1"
    assert lines[-2:] == ['  agent: expected "billing"', '         got      "verify"']


def test_repeated_tests_have_properties() -> None:
    """How often they passed, and the chance that all of k attempts do."""
    found = fromstring(written(DONE[1])).findall(".//property")

    assert {each.attrib["name"]: each.attrib["value"] for each in found} == {
        "attempts": "2", "passed": "1", "pass^1": "0.5000", "pass^2": "0.0000",
    }  # fmt: skip


def test_any_text_can_be_written() -> None:
    """Markup is escaped, and what XML cannot hold is replaced."""
    xml = written(*DONE)
    odd = Failure(turn=1, key="says", expected="a\x00b", got="]]> & <x>")

    assert [test.attrib.get("message") for test in fromstring(xml).iterfind(".//skipped")] == ["no <model>"]
    assert [test.attrib["message"] for test in fromstring(xml).iterfind(".//error")] == ["KeyError: '\ufffd'"]
    assert "]]> & <x>" in (fromstring(written(result(failed(odd)))).find(".//failure").text or "")  # type: ignore[union-attr]
