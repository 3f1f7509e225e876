// How caller and team took turns, as figures with units: the measures of τ-voice, which the server counts.

import { count, took } from "./words.js";

const NONE = "–";
const mean = (seconds) => (seconds == null ? NONE : `${took(seconds)} on average`);
const share = (rate, of) => (rate == null ? NONE : `${Math.round(100 * rate)} % of ${of}`);

/** Return `[term, text, explanation]` of each measure; none where nothing could be measured. */
export function measuresOf(measured) {
  const { turns = 0, interruptions = 0, agent_interruptions: agents = 0 } = measured?.counts ?? {};
  if (!turns && !interruptions && !agents) return [];
  const answered = count(turns, "turn");
  return [
    ["Response latency", mean(measured.response_latency_mean), "From the end of the caller's turn to the first sound of the answer"],
    ["Response rate", share(measured.response_rate, answered), "Turns that were answered before the caller had to speak again"],
    ["Yield latency", mean(measured.yield_latency_mean), "From when the caller interrupted an agent to when it was silent"],
    ["Yield rate", share(measured.yield_rate, count(interruptions, "interruption")), "Interruptions after which the agent was silent within 2 s"],
    [
      "Agent interruptions",
      turns ? `${agents.toLocaleString("en")} in ${answered}` : String(agents),
      "How often an agent began to speak while the caller spoke",
    ],
  ];
}
