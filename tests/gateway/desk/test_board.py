"""What goes on in the calls, and who is told."""

from __future__ import annotations

from typing import Any

import structlog

from orchestrator.gateway.desk.board import HEARD, LONGEST_LINE, Board, Entry


class Watcher:
    """Remembers what it is told; may break."""

    def __init__(self, *, broken: bool = False) -> None:
        self.broken = broken
        self.told: list[tuple[str, Any]] = []

    def _note(self, what: str, value: Any) -> None:
        if self.broken:
            raise RuntimeError("a mistake of ours")
        self.told.append((what, value))

    def notice(self, entry: Entry, name: str, fields: Any) -> None:
        self._note(name, dict(entry.waiting))

    def show(self, entry: Entry, event: Any) -> None:
        self._note(event["type"], entry.line)

    def overhear(self, entry: Entry, leg: str, frame: str) -> None:
        self._note(leg, frame)


def test_calls_come_and_go() -> None:
    """The oldest first; everyone is told of the end."""
    board, watcher = Board(), Watcher()
    board.come(watcher)
    first, second = board.add("c1", "front"), board.add("c2", "front")
    assert board.entries() == [first, second]
    assert board.find("c1") is first
    board.remove(first)
    board.remove(first)

    assert board.entries() == [second]
    assert board.find("c1") is None
    assert [name for name, _ in watcher.told] == ["call.ended", "call.ended"]


def test_who_waits_is_on_the_board_until_they_are_served() -> None:
    """Whoever is told of the end still knows for whom the caller has waited."""
    board, watcher = Board(), Watcher()
    entry = board.add("c1", "front")
    board.come(watcher)
    for name, fields in (("person.missed", {}), ("person.left", {}), ("handoff.completed", {"from": "front"})):
        entry.tell("person.waiting", {"agent": "colleague", "desk": "support", "reason": "x"})
        entry.tell("person.brief", {"agent": "colleague", "brief": "They are angry."})
        entry.tell("handoff.completed", {"from": "front", "to": "billing"})
        assert entry.told()["waiting"]["brief"] == "They are angry."
        entry.tell(name, {"agent": "colleague", "to": "colleague", **fields})
        assert watcher.told[-1][1]["desk"] == "support"
        assert "waiting" not in entry.told()


def test_who_has_the_caller_is_on_the_board() -> None:
    """And whether their connection is gone, until the caller is elsewhere."""
    entry = Board().add("c1", "front")
    for over, fields in (("person.left", {"agent": "colleague"}), ("handoff.completed", {"from": "colleague"})):
        entry.tell("person.accepted", {"agent": "colleague", "by": "Anna"})
        entry.tell("handoff.completed", {"from": "front", "to": "colleague"})
        entry.tell("person.missed", {"agent": "nurse"})
        entry.tell("person.away", {"agent": "colleague", "by": "Anna"})
        assert entry.told()["person"] == {"agent": "colleague", "by": "Anna", "away": True}
        entry.tell(over, {"to": "front", **fields})
        assert "person" not in entry.told()


def test_approvals_wait_on_the_board() -> None:
    """For the role that is asked."""
    entry = Board().add("c1", "front")
    entry.tell("approval.requested", {"id": "call_1", "desk": "support"})
    assert entry.approvals["call_1"]["desk"] == "support"
    for _ in range(2):
        entry.tell("approval.answered", {"id": "call_1"})
    assert entry.approvals == {}


MESSAGE = {"id": "msg_1", "from": "front", "to": "colleague", "desk": "support", "text": "They are angry."}


def test_messages_to_persons_wait_on_the_board() -> None:
    """Until they are read, on whichever seat of the call; the role that has seen them waiting is told."""
    board, watcher = Board(), Desk()
    first, second = board.add("c1", "front"), board.add("c2", "billing", {"seat": "Anna", "joined": "c1"})
    assert second.told()["seat"] == "Anna"
    board.come(watcher)
    for name in ("message.delivered", "message.undelivered"):
        first.tell("person.message", MESSAGE)
        ((entry, one),) = board.messages()
        assert entry.party == "c1"
        assert (one["text"], one["call"]) == ("They are angry.", "c1")
        for _ in range(2):
            second.tell(name, {"id": "msg_1", "from": "front", "to": "colleague"})
        assert board.messages() == []
        assert watcher.told[-2:] == [(name, "support"), (name, None)]


def test_messages_of_a_call_that_is_gone_are_gone() -> None:
    """With its last seat, also when a mistake of ours kept it from saying so; those of other calls stay."""
    board, watcher = Board(), Desk()
    first, second = board.add("c1", "front"), board.add("c2", "billing", {"seat": "Anna", "joined": "c1"})
    other = board.add("c3", "front")
    board.come(watcher)
    first.tell("person.message", MESSAGE)
    other.tell("person.message", {**MESSAGE, "id": "msg_2"})
    board.remove(first)
    assert [one["id"] for _, one in board.messages()] == ["msg_1", "msg_2"]
    board.remove(second)

    assert [one["id"] for _, one in board.messages()] == ["msg_2"]
    assert watcher.told[-1] == ("message.undelivered", "support")


class Desk(Watcher):
    """Remembers which role is asked."""

    def notice(self, entry: Entry, name: str, fields: Any) -> None:
        self._note(name, fields.get("desk"))


def test_only_those_who_watch_and_listen_see_and_hear() -> None:
    """Until they go."""
    board, watcher = Board(), Watcher()
    entry, other = board.add("c1", "front"), board.add("c2", "front")
    entry.watchers.add(watcher)
    entry.listeners.add(watcher)
    for one in (entry, other):
        one.show({"type": HEARD, "transcript": "x" * 1000})
        one.show({"type": "response.output_text.done", "text": None})
        one.show({"type": "response.created"})
        one.overhear("caller", "frame")
    assert watcher.told == [
        (HEARD, "x" * LONGEST_LINE),
        ("response.output_text.done", "x" * LONGEST_LINE),
        ("response.created", "x" * LONGEST_LINE),
        ("caller", "frame"),
    ]
    board.go(watcher)
    entry.show({"type": HEARD, "transcript": "y"})
    entry.overhear("team", "frame")

    assert len(watcher.told) == 4


def test_a_watcher_that_fails_does_not_touch_the_call() -> None:
    """The others are told, and the log says why it was not."""
    board, watcher = Board(), Watcher()
    entry = board.add("c1", "front")
    for one in (Watcher(broken=True), watcher):
        board.come(one)
        entry.watchers.add(one)
        entry.listeners.add(one)
    with structlog.testing.capture_logs() as logs:
        entry.tell("call.ending", {})
        entry.show({"type": "response.created"})
        entry.overhear("team", "frame")

    assert len(watcher.told) == 3
    assert [line["event"] for line in logs] == ["desk could not be told"] * 3
