"""One state of a team, with all that its calls need."""

from __future__ import annotations

from orchestrator.core.state import MEMORY
from orchestrator.gateway.teams.version import Version
from orchestrator.observe.names import Names
from orchestrator.providers.choosing import Choice
from tests.core.scene import TEAMWORK, team
from tests.gateway.serving import helpdesk

MODELS = {"front": (Choice("openai", "gpt-realtime-2.1", "a test"), Choice("local", "embedded", "a test"))}


def test_metrics_and_traces_call_agents_by_the_names_of_the_file() -> None:
    """With the models that they begin on; they treat secrets and text agents in another way."""
    names = Version(team=team(TEAMWORK)).names

    assert Version(team=helpdesk(), models=MODELS).names == Names("helpdesk", {"front": ("openai", "gpt-realtime-2.1")})
    assert (names.secrets, names.texts) == (True, frozenset({"planner", "lawyer", "broker"}))


def test_records_say_which_version_a_call_was_of() -> None:
    """By the hash of its files."""
    version = Version(team=helpdesk(), models=MODELS, hash="4f2a")
    said = version.header.said

    assert (said["team_hash"], said["models"], said["memory"]) == ("4f2a", {"front": "openai/gpt-realtime-2.1"}, MEMORY)
    assert version.header is version.header


def test_a_caller_begins_with_the_session_of_an_agent() -> None:
    """The model is the team; names of its functions are reserved."""
    view = Version(team=helpdesk()).session_view("sess_1", "billing")

    assert (view.echo()["model"], view.echo()["audio"]["output"]["voice"]) == ("helpdesk", "cedar")
    assert "ask_billing" in Version(team=helpdesk()).reserved


def test_versions_are_told_apart_by_which_they_are() -> None:
    """A team that is loaded twice is two versions, whatever is in it."""
    one, other = Version(team=helpdesk()), Version(team=helpdesk())

    assert len({one, other, one}) == 2
