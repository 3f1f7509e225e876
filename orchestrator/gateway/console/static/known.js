// What a call has brought so far: its figures, what is known, and which tools ran.

import { at, keyed, make, write } from "./page.js";
import { median } from "./timeline.js";
import { dollars, inWords, took } from "./words.js";

/** Show the figures of a call: what this page has counted, and what the server has. */
export function showFigures({ waits, handoffs, interruptions, tokens, cost }) {
  const rows = [
    ["You waited", waits.length ? `${took(median(waits))} (at most ${took(Math.max(...waits))})` : "–"],
    ["Handoffs", handoffs.length ? `${handoffs.length}, ${took(median(handoffs))}` : "0"],
    ["Interruptions", String(interruptions)],
    ...(tokens ? [["Tokens", `${tokens.input.toLocaleString("en")} in, ${tokens.output.toLocaleString("en")} out`]] : []),
    ...(cost ? [["Cost", dollars(cost)]] : []),
  ];
  at("numbers").hidden = false;
  const row = () => make("div", {}, make("dt"), make("dd"));
  keyed(at("figures"), rows, ([term]) => term, row, (made, [term, text]) => {
    write(made.firstChild, term);
    write(made.lastChild, text);
  });
}

/** Show what is known; what has changed is lit. Secrets are hidden by the server. */
export function showVariables(variables) {
  const known = Object.entries(variables);
  at("known").hidden = known.length === 0;
  const row = () => make("div", {}, make("dt"), make("dd"));
  keyed(at("variables"), known, ([name]) => name, row, (made, [name, value]) => {
    const text = value === null ? "not known" : inWords(value);
    const before = made.lastChild.textContent;
    write(made.firstChild, name);
    write(made.lastChild, text);
    if (before && before !== text) made.classList.add("changed");
  });
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
    const how = { completed: "", failed: ", failed", cancelled: ", cancelled" }[run.outcome] ?? "";
    made.classList.toggle("bad", run.outcome === "failed");
    set(".name", run.name);
    set(".time", run.outcome ? ` by ${run.agent}, ${took(run.seconds)}${how}` : ` by ${run.agent}, it runs …`);
    set(".given", run.arguments === undefined ? "" : inWords(run.arguments));
    set(".result", run.output === undefined ? "" : `→ ${inWords(run.output)}`);
  });
}

export function clear() {
  for (const id of ["figures", "variables", "tools"]) at(id).replaceChildren();
  for (const id of ["numbers", "known", "ran"]) at(id).hidden = true;
}
