"""What models are given in two calls side by side."""

from __future__ import annotations

from orchestrator.core import effects as do
from orchestrator.core.events import CallerSettings
from orchestrator.core.ids import SessionId, SessionKind
from orchestrator.replay.given import MOST, Given
from tests.core.people.desks import WARD
from tests.core.scene import BILLING, FRONT, HELPDESK, VAULT, own, team

NO_TOOLS: tuple[dict[str, list[str]], dict[str, list[str]]] = ({}, {})
OPEN = do.OpenSession(FRONT, CallerSettings())


def item(text: str) -> do.AddItem:
    """An item with a text, and an id of ours."""
    return do.AddItem(FRONT, {"id": f"msg_{abs(hash(text)):024x}"[:28], "text": text})


def test_the_same_in_another_order_of_moments_is_the_same() -> None:
    """One call may be a step ahead."""
    helpdesk = team(HELPDESK)
    given = Given(helpdesk, helpdesk, NO_TOOLS)
    given.observe([OPEN, item("a")], [OPEN])
    assert given.differs(FRONT)
    given.observe([item("b")], [item("a"), item("b")])
    assert given.differs(FRONT) == []
    assert given.differs(BILLING) == []


def test_other_instructions_and_functions_are_told() -> None:
    """How an agent sounds is not among what its model is asked."""
    old, new = team(HELPDESK), team(HELPDESK.replace("Find out what", "Ask what").replace("vault: secrets", "vault: x"))
    given = Given(old, new, ({"front": ["find_order"]}, {"front": ["find_order", "count"]}))
    given.observe([OPEN], [OPEN])
    told = "\n".join(given.differs(FRONT))

    assert "-  instructions: Find out what the caller needs." in told
    assert "+  tools[]: count" in told
    assert "Use it for: x" in told
    loud = team(HELPDESK.replace("    warm: next", "    voice: cedar\n    speed: 1.2\n    warm: next"))
    given = Given(old, loud, NO_TOOLS)
    given.observe([OPEN], [OPEN])
    assert given.differs(FRONT) == []


def test_a_session_beside_an_agents_own_is_forgotten_with_its_end() -> None:
    """It has no other life; an agent's own has."""
    helpdesk, beside = team(HELPDESK), SessionId("tech", SessionKind.CONSULT, 1)
    given = Given(helpdesk, helpdesk, NO_TOOLS)
    for session in (beside, FRONT):
        given.observe([do.CreateResponse(session)], [])
        given.observe([], [do.CloseSession(session)])

    assert given.differs(beside) == []
    assert given.differs(FRONT)


def test_instructions_that_lack_a_variable_are_compared_by_that() -> None:
    """The session could not be opened."""
    helpdesk = team(HELPDESK)
    given = Given(helpdesk, helpdesk, NO_TOOLS)
    given.observe([do.OpenSession(VAULT, CallerSettings())], [do.ConfigureSession(VAULT, CallerSettings())])

    assert given.differs(VAULT) == []


def test_persons_have_no_instructions() -> None:
    """They are told in words."""
    ward = team(WARD)
    given = Given(ward, ward, NO_TOOLS)
    person = own(next(iter(ward.persons)))
    given.observe([do.OpenSession(person, CallerSettings())], [])

    assert given.differs(person) == ["@@ -1 +0,0 @@", "-person"]


def test_who_is_asked_in_one_call_only_is_known() -> None:
    """Until the other call asks too."""
    helpdesk = team(HELPDESK)
    given = Given(helpdesk, helpdesk, NO_TOOLS)
    given.observe([do.CreateResponse(BILLING)], [do.CreateResponse(FRONT)])
    assert given.asked() == ([BILLING], [FRONT])
    given.observe([do.CreateResponse(FRONT)], [do.CreateResponse(BILLING)])
    assert given.asked() == ([], [])


def test_what_is_not_settled_is_bounded() -> None:
    """A session that is opened anew begins anew."""
    helpdesk = team(HELPDESK)
    given = Given(helpdesk, helpdesk, NO_TOOLS)
    for number in range(MOST + 50):
        given.observe([item(str(number))], [])
    assert sum("text: " in line for line in given.differs(FRONT)) == MOST
    given.observe([OPEN], [OPEN])
    assert given.differs(FRONT) == []
