"""What each scenario must show, whichever client plays it. The drivers report; here it is judged."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from orchestrator.terminal.wav import read_wav
from tests.conformance.servers import Server
from tests.conformance.speech import pitch, pitch_of, understood

HOURS, DUE = "nine to five", "first of the month"
HOURS_MS = 1600  # as the scripted service says it
HEARD = ("open", "Friday")  # words of it that any recogniser writes in one way
VOICES = {"front": "marin", "billing": "cedar"}  # as in the team file
Report = dict[str, Any]
Problems = Iterator[str]


@dataclass(frozen=True)
class Scenario:
    """One scenario: its name, and the check of a report, which yields what is wrong."""

    name: str
    check: Callable[[Report, Server], Problems]
    errors: bool = False  # errors may be reported
    ends: bool = False  # the server must be empty afterwards
    example: bool = False  # what runs is the example of docs/clients.md, not the driver
    client: str = ""  # whose it is; others do not play it


def answered(report: Report, _: Server) -> Problems:
    """The last reply answers the question, and can be heard."""
    replies = report["replies"]
    if not replies:
        yield "no reply"
        return
    if HOURS not in replies[-1]["text"]:
        yield f"the last reply is {replies[-1]['text']!r}"
    if not replies[-1].get("audio_ms"):
        yield "no audio came"


def barged_in(report: Report, server: Server) -> Problems:
    """The client noticed, and the words it was interrupted with were answered."""
    if not report["interrupted"]:
        yield "the client did not notice the barge-in"
    if not any(HOURS in reply["text"] for reply in report["replies"][1:]):
        yield f"no later reply answers: {_texts(report['replies'])}"


def handed_over(report: Report, server: Server) -> Problems:
    """Billing answers, in billing's voice."""
    replies = report["replies"]
    if not any(DUE in reply["text"] for reply in replies):
        yield f"billing did not answer: {_texts(replies)}"
    elif (agent := _agent(replies[-1], server)) != "billing":
        yield f"the last reply is in the voice of {agent}"


def team_tool(report: Report, _: Server) -> Problems:
    """The team's own tool is used; that the client must not see it is checked for all scenarios."""
    if not any("48213" in reply["text"] and "on its way" in reply["text"] for reply in report["replies"]):
        yield f"the order was not found: {_texts(report['replies'])}"


def client_tool(report: Report, _: Server) -> Problems:
    """The client's tool is called by both agents, and its results are told."""
    wanted = [{"name": "get_weather", "arguments": {"city": city}} for city in ("Paris", "Rome")]
    if report["tools"] != wanted:
        yield f"the client's tool was called as {report['tools']}"
    if sum("sunny" in reply["text"] for reply in report["replies"]) != 2:
        yield f"the results were not told: {_texts(report['replies'])}"


def two_clients(report: Report, _: Server) -> Problems:
    """Each got its own answer only."""
    for name, own, other in (("replies", HOURS, DUE), ("replies_2", DUE, HOURS)):
        texts = _texts(report.get(name, []))
        if own not in texts or other in texts:
            yield f"{name}: {texts}"


def wrote(report: Report, _: Server) -> Problems:
    """The reply answers the question, in one frame."""
    texts = [reply["text"] for reply in report["replies"]]
    if len(texts) != 1 or HOURS not in texts[0]:
        yield f"the replies are {texts}"


def spoke(report: Report, server: Server) -> Problems:
    """The reply can be heard, whole, in the voice of the agent."""
    replies = report["replies"]
    if not replies:
        yield "no reply"
    elif (agent := _agent(replies[-1], server)) != "front":
        yield f"the reply is in the voice of {agent}"
    elif server.service is not None and replies[-1]["audio_ms"] != HOURS_MS:
        yield f"{replies[-1]['audio_ms']} ms of the reply were played"
    elif server.service is None and not all(word in (words := understood(replies[-1]["wav"])) for word in HEARD):
        yield f"the reply is heard as {words!r}"


def wrote_on(report: Report, _: Server) -> Problems:
    """The other person's agent tells what the first one's wrote, and only that; the first person has an answer."""
    told = [reply["text"] for reply in report.get("replies_2", [])]
    if len(told) != 1 or "chest pain" not in told[0] or "front" not in told[0].lower():
        yield f"the other person was told {told}"
    if len(report["replies"]) != 1:
        yield f"the replies are {_texts(report['replies'])}"


SCENARIOS = [
    Scenario("text", answered),
    Scenario("audio_vad", answered),
    Scenario("push_to_talk", answered),
    Scenario("barge_in", barged_in),
    Scenario("handoff", handed_over),
    Scenario("team_tool", team_tool),
    Scenario("client_tool", client_tool),
    Scenario("two_clients", two_clients),
    Scenario("error", answered, errors=True),
    Scenario("hangup", answered, ends=True),
    Scenario("example", team_tool, example=True),
    Scenario("mahilo_text", wrote, client="mahilo"),
    Scenario("mahilo_voice", spoke, client="mahilo"),
    Scenario("mahilo_message", wrote_on, client="mahilo"),
]


def judge(scenario: Scenario, report: Report, server: Server) -> list[str]:
    """Return what is wrong with a report."""
    wrong = list(scenario.check(report, server))
    if report["tools"] and scenario.check is not client_tool:
        wrong.append(f"the client was asked for {report['tools']}")
    told = Counter(reply["text"] for name in ("replies", "replies_2") for reply in report.get(name, []))
    wrong += [f"said {count} times: {text!r}" for text, count in told.items() if count > 1]
    errors = [error for error in report["errors"] if not scenario.errors or error.startswith("driver: ")]
    return wrong + [f"error: {error}" for error in errors]


def _texts(replies: list[Report]) -> str:
    return " | ".join(reply["text"] for reply in replies)


def _agent(reply: Report, server: Server) -> str:
    """Return whose voice a reply is in."""
    if "wav" not in reply:
        return "nobody"
    pcm = read_wav(reply["wav"])
    if server.service is not None:
        # Every sample of the scripted service is the number of the session.
        number, _ = Counter(np.frombuffer(pcm, "<i2").tolist()).most_common(1)[0]
        known = 0 < number <= len(server.service.sessions)
        return server.service.sessions[number - 1].model if known else f"nobody ({number})"
    heard = pitch(pcm)
    return min(VOICES, key=lambda agent: abs(np.log(max(heard, 1.0) / pitch_of(VOICES[agent]))))
