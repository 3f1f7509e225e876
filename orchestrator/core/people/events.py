"""What persons do at the desk, as events of the core."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


@dataclass(frozen=True, slots=True)
class PersonTook:
    """A person at the desk takes the caller without having been asked (`team.person.take`)."""

    agent: str
    reason: str = ""


class Purpose(StrEnum):
    """What the desk tells an agent something for."""

    NOTE = "note"  # to know
    SAY = "say"  # to tell the caller
    INSTRUCT = "instruct"  # to follow from now on


class When(StrEnum):
    """When an agent speaks of what it was told."""

    SILENT = "silent"  # not by itself
    WHEN_IDLE = "when_idle"  # as soon as nothing else is said
    INTERRUPT = "interrupt"  # at once


@dataclass(frozen=True, slots=True)
class PersonNoted:
    """The desk tells the agent that has the caller something (`team.person.note`, `.say`, `.instruct`)."""

    text: str
    purpose: Purpose = Purpose.NOTE
    when: When = When.SILENT


@dataclass(frozen=True, slots=True)
class PersonDecided:
    """A person lets a tool run, or not (`team.approval.answer`); `call_id` is our id of the function call."""

    call_id: str
    approve: bool
    reason: str = ""


PersonEvent = PersonTook | PersonNoted | PersonDecided
