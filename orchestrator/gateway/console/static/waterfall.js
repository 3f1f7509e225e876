// Turns the facts of a call into lanes of bars and marks on one time axis. It says what is drawn, not how: nothing here
// touches the page. A bar or mark names its fact by its place in the timeline.

import { whyOf } from "./facts.js";
import { agentsOf, ofKind, overlapsOf, turnsOf, wasRefused, wordsOf } from "./timeline.js";
import { took } from "./words.js";

const HUES = 8; // colours of agents
const HANDED = { completed: "handoff", failed: "failed", cancelled: "failed" }; // outcome of a handoff → its mark
const CLOSE = 0.05; // seconds between two bars in one row

/** Return `{seconds, turns, agents, lanes, marks}` of a timeline. */
export function waterfall(timeline, seconds) {
  const numbered = timeline.map((fact, index) => ({ ...fact, end: fact.end ?? seconds, index }));
  const facts = numbered.filter((fact) => !wasRefused(fact, timeline));
  const agents = agentsOf(facts);
  const hue = (agent) => agents.indexOf(agent) % HUES;
  const voices = [...new Set(facts.map(({ seat }) => seat))].flatMap((seat, _, seats) => {
    return voicesOf(facts.filter((fact) => fact.seat === seat), seats.length > 1 ? seat : "", hue);
  });
  const lanes = [
    ...voices,
    lane("handoffs", "Handoffs", facts, handoff),
    ...agents.map((agent) => responsesOf(facts, agent, hue(agent))),
    lane("tools", "Tools", facts, tool),
    lane("consults", "Consults", facts, consult),
    sessionsLane(facts, agents, hue),
    lane("people", "People", facts, person),
  ];
  const shown = lanes.filter(({ bars }) => bars.length);
  return { seconds, agents, turns: turnsOf(timeline), lanes: shown, marks: facts.flatMap(markOf) };
}

/** The two voices of a seat, and where they overlap. */
function voicesOf(facts, seat, hue) {
  const caller = facts.flatMap((fact) => {
    if (fact.fact === "CallerTurn") return bar(fact, fact.over ? "caller over" : "caller", wordsOf(fact, facts));
    if (fact.fact === "Said" && fact.who === "caller" && fact.typed) return bar(fact, "caller typed", wordsOf(fact));
    return [];
  });
  const team = facts.flatMap((fact) => {
    if (fact.fact === "FirstAudio") return bar(fact, "wait", took(fact.end - fact.start));
    if (fact.fact === "Answered" && fact.heard) return bar(fact, looks(fact, hue(fact.agent)), wordsOf(fact, facts));
    return [];
  });
  const of = (name) => (seat ? `${name} · ${seat}` : name);
  const overlaps = overlapsOf(caller, team.filter(({ look }) => look !== "wait"));
  return [
    { id: `caller ${seat}`, label: of("Caller"), kind: "voice", bars: caller, overlaps },
    { id: `team ${seat}`, label: of("Team"), kind: "voice", bars: team, overlaps },
  ];
}

/** `text` stands in it or beside it; where that has no room the first of the `shorter` ones does that has. */
const bar = ({ start, end, index }, look, text = "", row = 0) => ({ start, end, fact: index, look, text, row });
const looks = ({ cut, heard }, hue) => `agent hue-${hue}${cut ? " cut" : ""}${heard ? "" : " unheard"}`;

/** A lane of bars that may overlap: then they are in rows. */
function lane(id, label, facts, make) {
  const bars = facts.flatMap(make).sort((one, other) => one.start - other.start);
  const ends = [];
  for (const one of bars) {
    one.row = ends.findIndex((end) => end + CLOSE <= one.start);
    if (one.row < 0) one.row = ends.length;
    ends[one.row] = one.end;
  }
  return { id, label, kind: id, bars, rows: ends.length };
}

function handoff(fact) {
  if (fact.fact !== "HandedOver") return [];
  const { outcome, start, end, target } = fact;
  const short = outcome === "completed" ? took(end - start) : outcome;
  const why = whyOf(fact).replace("because: ", "");
  return { ...bar(fact, `handoff ${outcome}`, `${target} · ${short} · ${why}`), shorter: [`${target} · ${short}`, short] };
}

function tool(fact) {
  return fact.fact === "ToolRan" ? bar(fact, `tool ${fact.outcome}`, fact.name) : [];
}

function consult(fact) {
  return fact.fact === "Consulted" ? bar(fact, `consult ${fact.outcome}`, fact.to) : [];
}

function person(fact) {
  return fact.fact === "PersonWaited" ? bar(fact, `person ${fact.outcome}`, `waits for ${fact.agent}`) : [];
}

/** What one agent answered, above, and when its model generated, below. */
function responsesOf(facts, agent, hue) {
  const own = facts.filter((fact) => fact.agent === agent);
  const answers = ofKind(own, "Answered").map((fact) => bar(fact, looks(fact, hue), wordsOf(fact, facts)));
  const inferred = ofKind(own, "Inferred").map((fact) => bar(fact, `model hue-${hue} ${fact.status}`, "", 1));
  return { id: `agent ${agent}`, label: agent, kind: "responses", hue, bars: [...answers, ...inferred], rows: 2 };
}

/** A row for the sessions of each agent: until it is open, and from then to its end. */
function sessionsLane(facts, agents, hue) {
  const held = ofKind(facts, "SessionHeld");
  const rows = agents.filter((agent) => held.some((fact) => fact.agent === agent));
  const bars = held.flatMap((fact) => {
    const row = rows.indexOf(fact.agent);
    const opened = fact.opened ?? fact.end;
    const look = `session hue-${hue(fact.agent)} ${fact.opening} ${fact.fate}`;
    const open = bar({ ...fact, start: opened }, look, `${fact.agent} ${fact.opening === "warm" ? "(warm)" : ""}`, row);
    return [bar({ ...fact, end: opened }, "session opening", "", row), ...(fact.opened === null ? [] : [open])];
  });
  return { id: "sessions", label: "Sessions", kind: "sessions", bars, rows: rows.length };
}

/** What happened at one moment. */
function markOf(fact) {
  const mark = (at, kind, label) => [{ at, kind, label, fact: fact.index }];
  switch (fact.fact) {
    case "HandedOver":
      return HANDED[fact.outcome] ? mark(fact.end, HANDED[fact.outcome], fact.target) : [];
    case "Interrupted":
      return mark(fact.start, "interrupted", "interrupted");
    case "Refused":
      return mark(fact.start, "refused", fact.rule);
    case "SessionHeld":
      return ["lost", "renewed"].includes(fact.fate) ? mark(fact.end, fact.fate, `${fact.agent} ${fact.fate}`) : [];
    case "CallEnded":
      return mark(fact.end, "ended", fact.ending);
    case "Happened":
      return fact.name === "variables.set" ? [] : mark(fact.start, "happened", fact.name.replace(".", " "));
    default:
      return [];
  }
}
