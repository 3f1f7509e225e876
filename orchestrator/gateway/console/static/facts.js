// A fact of a call in plain words: one line for lists and screen readers, and all that is known of it. Nothing here
// touches the page.

import { NOT_KEPT, ofKind, wordsBefore, wordsOf } from "./timeline.js";
import { count, dollars, inWords, took } from "./words.js";

const KNOWN = "variables.set"; // what has happened when a value became known
const FATES = { open: "is open", closed: "closed", lost: "lost", renewed: "renewed: another one took its place" };
const OPENINGS = { active: "when the caller needed it", warm: "before it was needed", consult: "for one question" };

/** Kind of fact → its line, without the time. */
const LINES = {
  CallBegan: ({ agent }) => `The call begins with ${agent}`,
  CallEnded: ({ ending, reason }) => `The call ends: ${reason || ending}`,
  CallerTurn: (fact, timeline) => `Caller: ${wordsOf(fact, timeline) || "(no words)"}`,
  Said: (fact) => `${fact.who === "caller" ? "Caller" : fact.who}${fact.typed ? " types" : ""}: ${wordsOf(fact)}`,
  FirstAudio: ({ agent, start, end }) => `The caller waited ${took(end - start)} for ${agent}`,
  Answered: (fact, timeline) => `${fact.agent}: ${wordsOf(fact, timeline) || "(no words)"}${endOf(fact)}`,
  Inferred: ({ agent, status, start, end }) => `The model of ${agent} generated for ${took(end - start)}${status === "completed" ? "" : `: ${status}`}`,
  Interrupted: ({ agent, start, end }) => `The caller interrupted ${agent}, who was silent after ${took(end - start)}`,
  ToolRan: ran,
  Consulted: ({ agent, to, outcome, start, end }) =>
    outcome === "open" ? `${agent} asks ${to}` : `${agent} asked ${to}: ${outcome} after ${took(end - start)}`,
  HandedOver: handed,
  Refused: ({ agent, name, rule, reason }) => `${agent} was refused ${name}, by the rule “${rule}”: ${reason ?? NOT_KEPT}`,
  SessionHeld: ({ agent, fate, code }) => `The session of ${agent}: ${FATES[fate] ?? fate}${code ? ` (${code})` : ""}`,
  PersonWaited: ({ agent, outcome, reason, start, end }) => {
    const why = reason ? `, because: ${reason}` : "";
    return outcome === "open" ? `The caller waits for ${agent}${why}` : `The caller waited ${took(end - start)} for ${agent}: ${outcome}${why}`;
  },
  Happened: ({ name, fields }) =>
    name === KNOWN ? `Now known: ${inWords(fields.values)}` : `${name.replaceAll(".", " ")}: ${inWords(fields)}`,
};

const endOf = ({ cut, heard }) => (cut ? " (interrupted)" : heard ? "" : " (not heard)");
const given = (text) => (text === null ? NOT_KEPT : inWords(text).replace(/^nothing$/, ""));

function ran(fact) {
  const call = `${fact.name}(${given(fact.arguments)})`;
  return fact.outcome === "open" ? `${fact.agent} runs ${call}` : `${fact.agent} ran ${call} in ${took(fact.end - fact.start)} ${result(fact)}`;
}

const result = ({ outcome, output }) => (outcome === "completed" ? `→ ${given(output)}` : `and ${outcome}: ${given(output)}`);

/** Say why a handoff was wanted, as far as the record tells. */
export function whyOf({ reason, function: called, arguments: written }) {
  if (reason || reason === null) return `because: ${reason ?? NOT_KEPT}`;
  return called ? `by ${called}(${given(written)}), without a reason` : "without a reason";
}

function handed(fact) {
  const { source, target, outcome, fault, start, end } = fact;
  const why = `, ${whyOf(fact)}`;
  if (outcome === "completed") return `${source} handed over to ${target} in ${took(end - start)}${why}`;
  if (outcome === "open") return `${source} hands over to ${target}${why}`;
  const how = outcome === "failed" ? "could not hand" : "was about to hand";
  return `${source} ${how} over to ${target}${fault === "" ? "" : ` (${fault ?? NOT_KEPT})`}${why}`;
}

/** Say what happened, in one line. */
export function lineOf(fact, timeline) {
  return (LINES[fact.fact] ?? (() => fact.fact))(fact, timeline);
}

/** Return all that is known of a fact, as pairs of a term and a text; empty ones are left out. */
export function detailsOf(fact, timeline) {
  const known = DETAILS[fact.fact]?.(fact, timeline) ?? [];
  return known.filter(([, text]) => text !== "" && text !== null && text !== undefined);
}

const lasted = ({ start, end }) => took(end - start);

const DETAILS = {
  CallBegan: ({ agent }) => [["Agent", agent]],
  CallEnded: ({ ending, reason, agent }) => [["Ending", ending], ["Reason", reason], ["Last agent", agent]],
  CallerTurn: (fact, timeline) => [
    ["Words", wordsOf(fact, timeline)],
    ["Heard by", fact.agent],
    ["Spoke for", lasted(fact)],
    ["Began", fact.over ? "while an agent was heard" : "in silence"],
  ],
  Said: (fact) => [["Words", wordsOf(fact)], ["Typed", fact.typed ? "yes" : ""]],
  FirstAudio: (fact) => [["Agent", fact.agent], ["Waited", `${lasted(fact)}, from the end of the caller's turn to the first sound`]],
  Answered: (fact, timeline) => [
    ["Words", wordsOf(fact, timeline)],
    ["Agent", fact.agent],
    ["Heard for", fact.heard ? lasted(fact) : "not heard"],
    ["First sound", fact.heard ? `${took(Math.max(0, fact.start - fact.asked))} after it was asked for` : ""],
    ["Ended", fact.cut ? "cut: the caller interrupted it" : fact.status],
    ...ofKind(timeline, "Inferred").filter((one) => one.response_id === fact.response_id).flatMap(spent),
  ],
  Inferred: (fact) => [["Agent", fact.agent], ["Generated for", lasted(fact)], ["Ended", fact.status], ["Error", fact.error], ...spent(fact)],
  Interrupted: (fact) => [["Agent", fact.agent], ["Silent after", lasted(fact)]],
  ToolRan: (fact) => [
    ["Tool", fact.name],
    ["Agent", fact.agent],
    ["Arguments", pretty(fact.arguments)],
    [fact.outcome === "failed" ? "Why it failed" : "Answer", pretty(fact.output)],
    ["Took", lasted(fact)],
    ["Set", Object.keys(fact.variables ?? {}).length ? inWords(fact.variables) : ""],
  ],
  Consulted: (fact) => [["Asked by", fact.agent], ["Asked", fact.to], ["Took", lasted(fact)], ["Outcome", fact.outcome]],
  HandedOver: (fact, timeline) => [
    ["From", fact.source],
    ["To", fact.target],
    ["Caller's words", wordsBefore(fact, timeline)],
    ["Reason", fact.reason === "" ? "none was given" : (fact.reason ?? NOT_KEPT)],
    ["Wanted by", fact.function ? `the model of ${fact.source}` : "no model: the program, a person, or the team file"],
    ["It called", fact.function ? `${fact.function}(${given(fact.arguments)})` : ""],
    ["Local router", decided(fact.decision)],
    ["Took", lasted(fact)],
    ["Our part", fact.asked == null ? "" : `${took(Math.max(0, fact.asked - fact.start))}, before ${fact.target} was asked to speak`],
    ["Session", fact.warm ? "was open already (warm)" : "had to be opened"],
    ["Outcome", fact.outcome],
    ["Fault", fact.fault ?? NOT_KEPT],
  ],
  Refused: (fact) => [["Agent", fact.agent], ["Function", fact.name], ["Rule", fact.rule], ["Told the model", fact.reason ?? NOT_KEPT]],
  SessionHeld: (fact) => [
    ["Agent", fact.agent],
    ["Opened", OPENINGS[fact.opening]],
    ["Opening took", fact.opened == null ? "it never was open" : took(fact.opened - fact.start)],
    ["Held for", fact.opened == null ? "" : took(fact.end - fact.opened)],
    ["End", FATES[fact.fate] ?? fact.fate],
    ["Code", fact.code],
    ["Reason", fact.reason],
  ],
  PersonWaited: (fact) => [["Waited for", fact.agent], ["Reason", fact.reason], ["Waited", lasted(fact)], ["Outcome", fact.outcome]],
  Happened: ({ name, fields }) => Object.entries(name === KNOWN ? fields.values : fields).map(([term, value]) => [term, inWords(value)]),
};

/** Say what the local router had to choose among, the likeliest first. */
function decided({ why, candidates } = {}) {
  const scores = Object.entries(candidates ?? {}).map(([name, score]) => `${name} ${score}`);
  return [why && `the caller ${why}`, scores.join(", ")].filter(Boolean).join("; ");
}

function spent({ tokens = {}, cost }) {
  const kinds = Object.entries(tokens).map(([kind, number]) => `${number.toLocaleString("en")} ${kind}`);
  return [["Tokens", kinds.join(", ")], ["Cost", cost ? dollars(cost) : ""]];
}

/** Write JSON over several lines; what is none stays as it is. */
function pretty(text) {
  if (text === null) return NOT_KEPT;
  try {
    const read = JSON.parse(text);
    return typeof read === "object" ? JSON.stringify(read, null, 2) : String(read);
  } catch {
    return text;
  }
}

/** How many turns, handoffs … a call had, in words. */
export function amounts({ turns, handoffs, tools }) {
  return [count(turns, "turn"), count(handoffs, "handoff"), count(tools, "tool")].join(", ");
}
