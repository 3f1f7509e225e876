// The figures of a call, in words: how long the caller waited, how long handoffs took, what it used up.

import { keyed, make, write } from "./page.js";
import { median } from "./timeline.js";
import { dollars, took } from "./words.js";

/** Say how long things took: what is usual, and the longest. */
function usually(seconds) {
  if (seconds.length === 0) return "–";
  const longest = took(Math.max(...seconds));
  return seconds.length === 1 ? longest : `${took(median(seconds))}, at most ${longest}`;
}

/** Return the rows of figures as every page has them: `waited` is what the first is called. */
export function figuresOf({ waits, handoffs, interruptions, tokens, cost }, waited) {
  const { input = 0, output = 0 } = tokens ?? {};
  return [
    [waited, usually(waits)],
    ["Handoffs", handoffs.length ? `${handoffs.length}: ${usually(handoffs)}` : "0"],
    ["Interruptions", String(interruptions)],
    ...(input || output ? [["Tokens", `${input.toLocaleString("en")} in, ${output.toLocaleString("en")} out`]] : []),
    ...(cost ? [["Cost", dollars(cost)]] : []),
  ];
}

/** Make a list show pairs of a term and a text, which may have an explanation; `changed` is told each row whose text
 * became another one. */
export function showPairs(list, pairs, changed = () => {}) {
  const row = () => make("div", {}, make("dt"), make("dd"));
  keyed(list, pairs, ([term]) => term, row, (made, [term, text, explanation = ""]) => {
    const before = made.lastChild.textContent;
    made.title = explanation;
    write(made.firstChild, term);
    write(made.lastChild, text);
    if (before && before !== text) changed(made);
  });
}
