"""The exceptions of the package: what they carry and how they read."""

from __future__ import annotations

import pytest

from orchestrator.errors import CallerError, OrchestratorError, Problem, RealtimeError, TeamError, ToolError


def test_a_problem_says_where_what_and_what_to_do() -> None:
    """In one line, in this order."""
    problem = Problem("agents.yaml:12:5 agents.front.handofs", "unknown key", "Did you mean 'handoffs'?")

    assert str(problem) == "agents.yaml:12:5 agents.front.handofs: unknown key. Did you mean 'handoffs'?"
    assert problem.fatal


def test_a_problem_may_have_no_remedy() -> None:
    """Then the line ends with what is wrong."""
    assert str(Problem("agents.yaml", "empty", fatal=False)) == "agents.yaml: empty."


def test_a_team_error_lists_every_problem() -> None:
    """One a line, so that all can be fixed at once."""
    error = TeamError([Problem("a:1:1", "unknown key"), Problem("a:2:1", "empty")])

    assert str(error) == "a:1:1: unknown key.\na:2:1: empty."
    assert [problem.what for problem in error.problems] == ["unknown key", "empty"]


def test_a_tool_error_knows_whether_the_tool_ran() -> None:
    """A tool that was refused for its arguments has changed nothing."""
    assert ToolError("no such order").ran
    assert not ToolError("Invalid arguments.", ran=False).ran


def test_a_realtime_error_may_be_retried_unless_it_is_fatal() -> None:
    """By default a connection was closed, and another attempt may help."""
    lost, refused = RealtimeError("gone"), RealtimeError("wrong key", code="invalid_api_key", fatal=True)

    assert (str(lost), lost.code, lost.fatal) == ("gone", "closed", False)
    assert (refused.code, refused.fatal) == ("invalid_api_key", True)


def test_a_caller_error_has_the_fields_of_an_error_event() -> None:
    """The field is known only sometimes."""
    error = CallerError("unknown event", code="invalid_value", param="type")

    assert (str(error), error.code, error.param) == ("unknown event", "invalid_value", "type")
    assert CallerError("too large", code="too_large").param is None


@pytest.mark.parametrize("kind", [TeamError, ToolError, RealtimeError, CallerError])
def test_all_errors_can_be_caught_as_one(kind: type[Exception]) -> None:
    """The base class covers everything that this package raises on purpose."""
    assert issubclass(kind, OrchestratorError)
