"""Which team a new call gets, and which version of it."""

from __future__ import annotations

import pytest

from orchestrator.gateway.teams.teams import MOST_KEPT, Served, Teams
from orchestrator.gateway.teams.version import Version
from orchestrator.team import Team
from tests.core.scene import team

MANY = [f"sess_{number}" for number in range(2000)]


def named(name: str) -> Team:
    """Return a team of one agent."""
    return team(f"team: {name}\nagents: {{front: {{instructions: Hi}}}}\n")


def version(name: str = "clinic", hash: str = "") -> Version:
    """Return a version of a team."""
    return Version(team=named(name), hash=hash)


def names(served: Served | None) -> str | None:
    """Return the name of a team, if there is one."""
    return served.name if served is not None else None


@pytest.mark.parametrize(
    ("model", "may", "chosen"),
    [
        ("clinic", None, "clinic"),
        ("hotel", None, "hotel"),
        ("gpt-realtime", None, None),
        (None, None, None),
        ("hotel", {"clinic", "hotel"}, "hotel"),
        ("gpt-realtime", {"clinic"}, "clinic"),
        ("hotel", {"clinic"}, "clinic"),  # as for any name that nobody has
        ("hotel", {"gone"}, None),
    ],
)
def test_the_model_names_the_team(model: str | None, may: set[str] | None, chosen: str | None) -> None:
    """Among those that a key may use; with one of them any other name is a name for it."""
    teams = Teams([version("clinic"), version("hotel")])

    assert names(teams.choose(model, may)) == chosen


def test_the_only_team_answers_for_every_name() -> None:
    """Many programs have one built in."""
    teams = Teams([version("clinic")])
    assert names(teams.default) == "clinic"
    assert names(teams.choose("gpt-realtime")) == "clinic"
    teams.put(version("hotel"))
    assert teams.default is None
    teams.remove("clinic")

    assert (names(teams.default), len(teams), teams.find("clinic")) == ("hotel", 1, None)


def test_an_edit_is_for_new_calls_and_the_last_versions_are_kept() -> None:
    """The newest first; one that comes again is kept once."""
    hashes = [f"{number}" for number in range(9)]
    teams = Teams([version(hash=one) for one in hashes])
    served = teams.find("clinic")
    assert served is not None

    assert served.pick("sess_1") is served.current
    assert [one.hash for one in served.versions] == ["8", "7", "6", "5", "4", "3"]
    teams.put(version(hash="6"))
    assert [one.hash for one in served.versions] == ["6", "8", "7", "5", "4", "3"]
    assert len(served.kept) == MOST_KEPT


def test_one_can_go_back_by_hash() -> None:
    """What was current is kept in its place."""
    served = Served(version(hash="aab"))
    served.put(version(hash="abc"))
    back = served.find("aa")
    assert back is not None
    assert (served.find("a"), served.find("x")) == (None, None)
    served.roll_back(back)

    assert [one.hash for one in served.versions] == ["aab", "abc"]


def test_a_canary_gets_its_share_of_the_calls() -> None:
    """By the id of the call, so that the same id gets the same; then it is for all, or for none."""
    teams = Teams([version(hash="old")])
    served = teams.find("clinic")
    assert served is not None
    canary = version(hash="new")
    teams.put(canary, share=0.1)
    got = [served.pick(call) for call in MANY]

    assert got == [served.pick(call) for call in MANY]
    assert 140 < got.count(canary) < 260
    served.roll_back(served.current)
    assert {served.pick(call).hash for call in MANY} == {"old"}
    served.promote()
    assert served.current.hash == "old"
    served.try_out(canary, 0.5)
    served.promote()
    assert [one.hash for one in served.versions] == ["new", "old"]
    assert {served.pick(call).hash for call in MANY} == {"new"}


def test_whatever_keeps_calls_is_told_of_a_version_before_it_has_any() -> None:
    """Of those that are served already, too."""
    told: list[str] = []
    teams = Teams([version(hash="1")])
    teams.tell(lambda one: told.append(one.hash))
    teams.put(version(hash="2"))
    teams.put(version("hotel", hash="3"))

    assert told == ["1", "2", "3"]


def test_whoever_follows_a_team_is_told_of_each_turn() -> None:
    """Of what most calls get: not of a canary, but of going back."""
    teams, turned = Teams([version(hash="1")]), list[str]()
    teams.turn(lambda one: turned.append(one.hash))
    served = teams.find("clinic")
    assert served is not None

    teams.put(version(hash="2"))
    teams.put(version(hash="3"), share=0.1)
    assert turned == ["2"]
    teams.promote(served)
    teams.roll_back(served, served.kept[-1])

    assert turned == ["2", "3", "1"]


def test_a_hash_names_one_version() -> None:
    """Also when one that is kept is tried out again."""
    teams = Teams([version(hash="1")])
    served = teams.find("clinic")
    assert served is not None
    teams.put(version(hash="2"))

    teams.put(again := version(hash="1"), share=0.1)

    assert (served.find("1"), served.kept) == (again, [])
