"""Holds dialogues with teams on `local` and scores them: `python -m tests.evaluation [team …] [--show]`."""

import asyncio
import json
import re
import sys
from collections import defaultdict
from contextlib import suppress
from datetime import date, timedelta
from pathlib import Path

import structlog
import yaml

WHY = []


def grab(logger, method, event):
    if event.get("event") == "local router decided":
        WHY.append({k: v for k, v in event.items() if k in ("why", "candidates", "known_answer", "acts")})
    raise structlog.DropEvent


structlog.configure(processors=[grab])
from websockets.asyncio.client import connect

from orchestrator.server.serve import build, running
from orchestrator.settings import Settings
from orchestrator.tools.python import Tool
from tests.calls import load

HERE = Path(__file__).parent
CALLS = []
_run = Tool.run


async def run(self, arguments, *a, **k):
    CALLS.append((self.name, json.loads(arguments)))
    return await _run(self, arguments, *a, **k)


Tool.run = run
DAYS = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]
MONTHS = [
    "january",
    "february",
    "march",
    "april",
    "may",
    "june",
    "july",
    "august",
    "september",
    "october",
    "november",
    "december",
]


def day(words):
    today = date.today()
    if words == "today":
        return today
    if words == "tomorrow":
        return today + timedelta(1)
    parts = words.split()
    if parts[0] == "next":
        return today - timedelta(today.weekday()) + timedelta(7 + DAYS.index(parts[1]))
    if words in DAYS:
        return today + timedelta((DAYS.index(words) - today.weekday() - 1) % 7 + 1)
    d = date(today.year, MONTHS.index(parts[1]) + 1, int(parts[0]))
    return d if d >= today else d.replace(year=d.year + 1)


def filled(v):
    return day(v[1:-1]).isoformat() if isinstance(v, str) and re.fullmatch("<.+>", v) else v


class Client:
    def __init__(self, socket):
        self.socket, self.events, self.new = socket, [], asyncio.Event()
        self.agent = ""

    async def read(self):
        with suppress(Exception):
            async for f in self.socket:
                self.events.append(json.loads(f))
                self.new.set()

    async def settle(self):
        idle = 0
        while idle < 4:
            self.new.clear()
            try:
                await asyncio.wait_for(self.new.wait(), 0.08)
                idle = 0
            except TimeoutError:
                n = lambda *k: sum(e["type"] in k for e in self.events)
                if (
                    n("response.created") <= n("response.done")
                    and n("team.tool.called") <= n("team.tool.returned")
                    and n("team.handoff.started") <= n("team.handoff.completed", "team.handoff.failed")
                ):
                    idle += 1

    def said(self, since):
        return " ".join(
            e.get("text") or e.get("transcript") or ""
            for e in self.events[since:]
            if e["type"] in ("response.output_text.done", "response.output_audio_transcript.done")
        )

    def who(self):
        for e in reversed(self.events):
            if e["type"] == "team.handoff.completed":
                return e["to"]
            if e["type"] == "team.call.started":
                return e["agent"]


async def dialogue(url, team, d, show, tally):
    async with connect(f"{url}/v1/realtime?model={team}&events=team", max_size=None) as s:
        c = Client(s)
        t = asyncio.create_task(c.read())
        await s.send(
            json.dumps({"type": "session.update", "session": {"type": "realtime", "output_modalities": ["text"]}})
        )
        await s.send(json.dumps({"type": "response.create"}))
        await c.settle()
        ok_before = True
        for turn in d["turns"]:
            CALLS.clear()
            WHY.clear()
            at = len(c.events)
            await s.send(
                json.dumps(
                    {
                        "type": "conversation.item.create",
                        "item": {
                            "type": "message",
                            "role": "user",
                            "content": [{"type": "input_text", "text": turn["caller"]}],
                        },
                    }
                )
            )
            await s.send(json.dumps({"type": "response.create"}))
            await c.settle()
            said, who = c.said(at), c.who()
            wrong = []
            if "agent" in turn and who != turn["agent"]:
                wrong.append(f"agent {who}")
            want = [(n, {k: filled(v) for k, v in a.items()}) for x in turn.get("calls", []) for n, a in x.items()]
            got = [(n, {k: v for k, v in a.items() if v not in (None, "")}) for n, a in CALLS]
            same = len(want) == len(got) and all(
                w[0] == g[0]
                and w[1].keys() == g[1].keys()
                and all(v == "*" or str(v).lower() == str(g[1][k]).lower() for k, v in w[1].items())
                for w, g in zip(want, got)
            )
            if not same:
                wrong.append(f"calls {got}")
            if "says" in turn and not re.search(turn["says"], said, re.I | re.S):
                wrong.append(f"does not say /{turn['says']}/")
            ok = not wrong and ok_before
            tally[turn.get("kind", "")].append(ok)
            if wrong:
                ok_before = False
            if show or wrong:
                print(
                    f"  {'ok ' if not wrong else 'BAD'} {turn['caller']!r} -> [{who}] {said!r} {got if got else ''} {wrong or ''} {[(w['why'], w['candidates'], w['known_answer'], w['acts']) for w in WHY] if wrong else ''}"
                )
        t.cancel()


async def main():
    show = "--show" in sys.argv
    teams = [a for a in sys.argv[1:] if not a.startswith("-")] or sorted(
        p.parent.name for p in HERE.glob("*/agents.yaml")
    )
    allt = defaultdict(list)
    for team in teams:
        settings = Settings(port=0, drain=0.0, max_lag=60)
        house = build(HERE / team / "agents.yaml", settings)
        load(house)
        tally = defaultdict(list)
        async with running(house, settings) as url:
            for d in yaml.safe_load((HERE / team / "dialogues.yaml").read_text()):
                print(f"{team}: {d['name']}")
                await dialogue(url, team, d, show, tally)
        for k, v in tally.items():
            allt[k] += v
        flat = [x for v in tally.values() for x in v]
        print(f"{team}: {sum(flat)}/{len(flat)}  " + ", ".join(f"{k} {sum(v)}/{len(v)}" for k, v in tally.items()))
    flat = [x for v in allt.values() for x in v]
    print(f"all: {sum(flat)}/{len(flat)}  " + ", ".join(f"{k} {sum(v)}/{len(v)}" for k, v in allt.items()))


asyncio.run(main())
