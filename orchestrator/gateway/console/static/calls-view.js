// What the page of calls shows: the list, the figures of a call, its turns as text, all that is known of one fact.

import { amounts, lineOf } from "./facts.js";
import { figuresOf, showPairs } from "./figures.js";
import { at, button, keyed, make, write } from "./page.js";
import { momentsOf, totalsOf, turnsOf } from "./timeline.js";
import { measuresOf } from "./turn-taking.js";
import { clock, count, knownOf, took } from "./words.js";

// How calls end, as the server names it → in words.
const ENDINGS = {
  open: "it goes on",
  left: "the caller hung up",
  finished: "an agent ended it",
  silence: "nobody spoke",
  idle: "nothing came from the caller",
  "too long": "time limit",
  spent: "limit on tokens or money",
  "too slow": "the caller was too slow",
  "too big": "the caller sent too much",
  unreachable: "no agent could be reached",
  "shutting down": "the server was stopped",
  failed: "the server failed",
  lost: "the server died",
};
const GOOD = new Set(["left", "finished"]);

export function showEndings() {
  const options = Object.entries(ENDINGS).map(([value, text]) => make("option", { value, textContent: text }));
  at("ending").append(make("option", { value: "", textContent: "any way" }), ...options);
}

const day = new Intl.DateTimeFormat(undefined, { day: "numeric", month: "short", hour: "2-digit", minute: "2-digit" });
const time = new Intl.DateTimeFormat(undefined, { hour: "2-digit", minute: "2-digit", second: "2-digit" });
const when = (seconds) => day.format(new Date(1000 * seconds));
const endingOf = ({ ended, ending }) => (ended === null ? "live" : (ENDINGS[ending] ?? ending));

export function showList(calls, { selected, more, filtered }, go) {
  const teams = namesIn("team-names", calls.map(({ team }) => team));
  at("by-team").hidden = teams.size < 2;
  const row = (call) => {
    const lines = ["who", "time", "line"].map((className) => make("span", { className }));
    return make("li", {}, button("", () => go(call.id), {}, ...lines));
  };
  keyed(at("calls"), calls, (call) => call.id, row, (item, call) => {
    const set = (selector, text) => write(item.querySelector(selector), text);
    const live = call.ended === null; // then its figures are those so far
    const seconds = live ? Date.now() / 1000 - call.started : call.seconds;
    item.classList.toggle("live", live);
    item.classList.toggle("bad", !live && !GOOD.has(call.ending));
    set(".who", call.agents?.length ? call.agents.join(", ") : (call.agent ?? call.team));
    set(".time", `${when(call.started)} · ${took(seconds)}`);
    set(".line", [teams.size > 1 && call.team, endingOf(call), amounts(call)].filter(Boolean).join(" · "));
  });
  mark(selected);
  at("calls-empty").hidden = calls.length > 0;
  write(at("calls-empty"), filtered ? "There is no such call." : "There is no call yet.");
  at("more").hidden = !more;
  namesIn("agent-names", calls.flatMap((call) => call.agents ?? []));
}

/** Add names to those that a field suggests; return all of them. */
function namesIn(list, names) {
  const known = new Set([...at(list).children].map(({ value }) => value));
  const added = [...new Set(names)].filter((name) => !known.has(name));
  at(list).append(...added.map((value) => make("option", { value })));
  return new Set([...known, ...added]);
}

/** Mark the call that is shown. */
export function mark(id) {
  for (const row of at("calls").children) row.firstChild.setAttribute("aria-current", String(row.dataset.key === id));
}

export function hideCall() {
  at("call").hidden = true;
  document.title = "Calls";
}

/** Say which call it is. */
export const nameOf = ({ team, started }) => `Call with ${team}, ${when(started)}`;

export function showCall(call, { chosen, loaded }, choose) {
  at("call").hidden = false;
  document.title = `Call of ${when(call.started)}`;
  write(at("call-title"), nameOf(call));
  at("delete").hidden = call.ended === null;
  const how = call.ended === null ? "The call goes on" : `Ended: ${call.reason || endingOf(call)}`;
  write(at("call-about"), `${how} · ${call.id}`);
  showDelivery(call.delivery);
  showPairs(at("figures"), figures(call));
  const measures = measuresOf(call.interactions);
  at("turn-taking").hidden = measures.length === 0;
  showPairs(at("interactions"), measures);
  at("sound").hidden = !call.audio;
  showPlayer(loaded);
  at("details").hidden = chosen === null;
  showTurns(call.timeline, choose);
  markRow(chosen);
  const known = knownOf(call.variables);
  at("known").hidden = known.length === 0;
  showPairs(at("variables"), known);
}

/** Say how far the finished call is on its way to whom the team file names under `after`, unless it was taken. */
function showDelivery(delivery) {
  at("delivery").hidden = !delivery;
  if (!delivery) return;
  const { state, attempts, error, due } = delivery;
  const tries = count(attempts, "attempt");
  const next = attempts ? `not handed on yet: ${tries}, the next at ${time.format(new Date(1000 * due))}.` : "about to be handed on.";
  const how = state === "failed" ? `not handed on: given up after ${tries}.` : next;
  at("delivery").classList.toggle("bad", state === "failed");
  write(at("delivery"), `The finished call was ${how}${error ? ` The last error: ${error}` : ""}`);
}

export function showPlayer(loaded) {
  at("load").hidden = loaded;
  at("sides").hidden = !loaded;
}

function figures(call) {
  const totals = totalsOf(call.timeline);
  const rows = figuresOf({ ...totals, tokens: call.tokens ?? totals.tokens, cost: call.cost ?? totals.cost }, "Caller waited");
  const turns = call.turns || turnsOf(call.timeline).filter(({ number }) => number > 0).length;
  return [["Length", took(call.seconds)], ["Turns", String(turns)], ...rows, ["Refusals", String(totals.refusals)]];
}

/** Show every fact of a call as text, under its turns. */
function showTurns(timeline, choose) {
  const bodies = turnsOf(timeline).map((turn) => {
    const rows = momentsOf(timeline, turn.facts).map(({ at: moment, fact }) => row(moment, fact, timeline, choose));
    const waits = turn.facts.filter(({ fact }) => fact === "FirstAudio").map(({ start, end }) => end - start);
    const waited = waits.length ? `the caller waited ${took(waits[0])}` : "";
    const agents = [...new Set(turn.facts.filter(({ fact, heard }) => fact === "Answered" && heard).map(({ agent }) => agent))];
    const answered = agents.length ? `answered by ${agents.join(", then ")}` : turn.number ? "no answer" : "";
    const title = [turn.number ? `Turn ${turn.number}` : "Opening", answered, waited].filter(Boolean).join(" · ");
    return make("tbody", {}, make("tr", {}, make("th", { colSpan: 2, scope: "rowgroup", textContent: title })), ...rows);
  });
  const focused = document.activeElement?.closest("#turns tr")?.dataset.fact;
  for (const body of [...at("turns").tBodies]) body.remove();
  at("turns").append(...bodies);
  at("turns").querySelector(`tr[data-fact="${focused}"] .fact`)?.focus({ preventScroll: true });
}

const BAD = ({ fact, outcome, fate }) => fact === "Refused" || outcome === "failed" || fate === "lost";

function row(moment, fact, timeline, choose) {
  const line = button(lineOf(fact, timeline), () => choose(fact.index), { className: "fact" });
  const made = make("tr", { className: `${fact.fact}${BAD(fact) ? " bad" : ""}` });
  made.dataset.fact = fact.index;
  made.append(make("td", { textContent: clock(moment, { tenths: true }) }), make("td", {}, line));
  return made;
}

export function markRow(fact) {
  for (const one of at("turns").querySelectorAll("tr[data-fact]")) one.classList.toggle("chosen", Number(one.dataset.fact) === fact);
}

/** Show all that is known of one fact. */
export function showFact(fact, line, details, { sound }) {
  at("details").hidden = false;
  const span = fact.end > fact.start ? ` to ${clock(fact.end, { tenths: true })}` : "";
  write(at("details-title"), `${clock(fact.start, { tenths: true })}${span} · ${TITLES[fact.fact] ?? fact.name ?? line}`);
  at("facts").replaceChildren();
  showPairs(at("facts"), details);
  at("play").hidden = !sound;
}

const TITLES = {
  CallBegan: "The call begins",
  CallEnded: "The call ends",
  CallerTurn: "The caller speaks",
  Said: "Words",
  FirstAudio: "The caller waits",
  Answered: "An agent answers",
  Inferred: "A model generates",
  Interrupted: "An interruption",
  ToolRan: "A tool",
  Consulted: "A consult",
  HandedOver: "A handoff",
  Refused: "A refusal",
  SessionHeld: "A session",
  PersonWaited: "The caller waits for a person",
};
