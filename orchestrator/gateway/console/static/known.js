// What a call has brought so far: its figures, what is known, and which tools ran.

import { figuresOf, showPairs } from "./figures.js";
import { at, keyed, make, write } from "./page.js";
import { inWords, knownOf, took } from "./words.js";

/** Show the figures of a call: what this page has counted, and what the server has. */
export function showFigures(figures) {
  at("numbers").hidden = false;
  showPairs(at("figures"), figuresOf(figures, "You waited"));
}

/** Show what is known; what has changed is lit. Secrets are hidden by the server. */
export function showVariables(variables) {
  const known = knownOf(variables);
  at("known").hidden = known.length === 0;
  showPairs(at("variables"), known, (row) => row.classList.add("changed"));
}

/** Show tools: `{id, name, agent, outcome, seconds, arguments, output}`; what is not known is left out. */
export function showTools(runs) {
  at("ran").hidden = runs.length === 0;
  const row = () => {
    const parts = [["span", "name"], ["span", "quiet time"], ["code", "given"], ["code", "result"]];
    return make("li", {}, ...parts.map(([tag, className]) => make(tag, { className })));
  };
  keyed(at("tools"), runs, ({ id }) => id, row, (made, run) => {
    const set = (selector, text) => write(made.querySelector(selector), text);
    const how = { completed: "", failed: ", failed", cancelled: ", cancelled" }[run.outcome];
    made.classList.toggle("bad", run.outcome === "failed");
    set(".name", run.name);
    set(".time", how === undefined ? ` by ${run.agent}, it runs …` : ` by ${run.agent}, ${took(run.seconds)}${how}`);
    set(".given", run.arguments === undefined ? "" : inWords(run.arguments));
    set(".result", run.output === undefined || how === undefined ? "" : `→ ${inWords(run.output)}`);
  });
}

export function clear() {
  for (const id of ["figures", "variables", "tools"]) at(id).replaceChildren();
  for (const id of ["numbers", "known", "ran"]) at(id).hidden = true;
}
