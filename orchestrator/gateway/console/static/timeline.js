// What the facts of a call say as a whole. A fact is an object: its kind under `fact`, times in seconds of the call.
// Nothing here touches the page.

export const NOT_KEPT = "(not kept)"; // words that the team does not record

export const ofKind = (timeline, ...kinds) => timeline.filter(({ fact }) => kinds.includes(fact));

/** Seconds that a timeline covers so far. */
export function lengthOf(timeline) {
  return timeline.reduce((longest, { start, end }) => Math.max(longest, start ?? 0, end ?? 0), 0);
}

/** Return the agents, in the order in which they appear. */
export function agentsOf(timeline) {
  const named = timeline.flatMap(({ agent, source, target, to }) => [agent, source, target, to]);
  return [...new Set(named.filter(Boolean))];
}

const spoken = new WeakMap(); // timeline → id of an item of the caller, or of a response → the words in it

/** Return what was said in a turn of the caller, or in a response of an agent. */
export function wordsOf(fact, timeline) {
  if (fact.fact === "Said") return fact.text ?? NOT_KEPT;
  if (!spoken.has(timeline)) spoken.set(timeline, wordsById(timeline));
  return spoken.get(timeline).get(fact.fact === "CallerTurn" ? fact.item_id : fact.response_id) ?? "";
}

function wordsById(timeline) {
  const words = new Map();
  for (const { who, text, item_id: item, response_id: response } of ofKind(timeline, "Said")) {
    const id = who === "caller" ? item : response;
    if (id) words.set(id, [words.get(id), text ?? NOT_KEPT].filter(Boolean).join(" "));
  }
  return words;
}

/** Whether a fact begins a turn of the caller: they speak, or type. */
const begins = ({ fact, who, typed }) => fact === "CallerTurn" || (fact === "Said" && who === "caller" && typed);

/** Return what the caller said last before something happened, as its agent had heard it. */
export function wordsBefore({ seat, start }, timeline) {
  const turns = timeline.filter((fact) => begins(fact) && fact.seat === seat && fact.start < start);
  const last = turns.sort((one, other) => one.start - other.start).at(-1);
  return last ? wordsOf(last, timeline) : "";
}

/** Split a timeline into the caller's turns; what comes before the first is number 0. Each has its facts, by time. */
export function turnsOf(timeline) {
  const sorted = timeline.map((fact, index) => ({ ...fact, index })).sort((one, other) => one.start - other.start);
  const heads = sorted.filter(begins);
  const starts = [Math.min(0, heads[0]?.start ?? 0), ...heads.map(({ start }) => start)];
  const turns = starts.map((start, number) => ({ number, start, end: starts[number + 1] ?? lengthOf(timeline), facts: [] }));
  for (const fact of sorted) turns[turnAt(turns, fact)].facts.push(fact);
  return turns[0].facts.length ? turns : turns.slice(1);
}

/** Return the place of the turn that a fact belongs to. */
function turnAt(turns, fact) {
  const at = momentOf(fact);
  let place = turns.length - 1;
  while (place > 0 && turns[place].start > at) place--;
  return place;
}

/** Whether a handoff never began because a rule refused it, which is a fact of its own. */
export function wasRefused({ fact, outcome, source, start, end }, timeline) {
  if (fact !== "HandedOver" || outcome !== "failed" || end > start) return false;
  return ofKind(timeline, "Refused").some((refused) => refused.agent === source && refused.start === start);
}

/** Return `{at, fact}` of all that is worth a line of text, by time: words only once, and of models
 * and sessions only what went wrong, or changed. */
export function momentsOf(timeline, facts = timeline.map((fact, index) => ({ ...fact, index }))) {
  const turns = new Set(ofKind(facts, "CallerTurn").map(({ item_id }) => item_id));
  const answers = new Set(ofKind(facts, "Answered").map(({ response_id }) => response_id));
  const told = (fact) => {
    if (fact.fact === "Said") return fact.typed || !(turns.has(fact.item_id) || answers.has(fact.response_id));
    if (fact.fact === "Inferred") return fact.status === "failed";
    if (fact.fact === "SessionHeld") return ["lost", "renewed"].includes(fact.fate);
    if (wasRefused(fact, timeline)) return false;
    return fact.fact !== "Answered" || fact.heard || wordsOf(fact, timeline) !== "";
  };
  const moments = facts.filter(told).map((fact) => ({ at: momentOf(fact), fact }));
  return moments.sort((one, other) => one.at - other.at);
}

/** Return when a fact is told: a session that is lost is no news before. */
const momentOf = ({ fact, start, end }) => (fact === "SessionHeld" || fact === "CallEnded" ? end : start) ?? start;

const sum = (numbers) => numbers.reduce((total, number) => total + number, 0);
const lasted = ({ start, end }) => end - start;

export function median(numbers) {
  const sorted = [...numbers].sort((one, other) => one - other);
  const middle = sorted.length >> 1;
  return sorted.length % 2 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

/** Return the figures of a call. */
export function totalsOf(timeline) {
  const inferred = ofKind(timeline, "Inferred");
  const handoffs = ofKind(timeline, "HandedOver").filter(({ outcome }) => outcome === "completed").map(lasted);
  return {
    waits: ofKind(timeline, "FirstAudio").map(lasted), // seconds from the end of a turn to the first sound of its answer
    handoffs, // seconds of those that were completed
    interruptions: ofKind(timeline, "Interrupted").length,
    refusals: ofKind(timeline, "Refused").length,
    tools: ofKind(timeline, "ToolRan").length,
    tokens: { input: sum(inferred.map(({ tokens }) => tokens.input ?? 0)), output: sum(inferred.map(({ tokens }) => tokens.output ?? 0)) },
    cost: sum(inferred.map(({ cost }) => cost)),
  };
}

/** Return how the sessions are that have not ended: agent → "opening", "open" or "warm". */
export function sessionsOf(timeline) {
  const held = ofKind(timeline, "SessionHeld").filter(({ fate, opening }) => fate === "open" && opening !== "consult");
  const state = ({ opened, opening }) => (opened === null ? "opening" : opening === "warm" ? "warm" : "open");
  return new Map(held.map((fact) => [fact.agent, state(fact)]));
}

/** Return the times at which both sides were heard. */
export function overlapsOf(some, others) {
  const both = some.flatMap((one) => others.map((other) => [Math.max(one.start, other.start), Math.min(one.end, other.end)]));
  return both.filter(([start, end]) => end > start).map(([start, end]) => ({ start, end }));
}
