// The transcript of a call as it goes on: a line for each item, what happened in between, and all of it as text.

import { at, make, write } from "./page.js";
import { clock, took } from "./words.js";

const lines = new Map(); // item id → its line
let began = 0; // when the call began, on the browser's clock
let turns = 0; // of the caller
let notes = 0;

export function clear() {
  lines.clear();
  began = performance.now();
  turns = notes = 0;
  at("transcript").replaceChildren();
}

/** Return an item's line, made when it is new. */
function line(item, who, kind) {
  if (lines.has(item)) return lines.get(item);
  const turn = kind === "caller" ? `${who}, turn ${++turns}` : who;
  const parts = ["who", "words", "waited", "end"].map((className) => make("span", { className }));
  parts[0].textContent = turn;
  const row = make("li", { className: kind }, ...parts);
  row.dataset.time = clock((performance.now() - began) / 1000, { tenths: true });
  at("transcript").append(row);
  lines.set(item, row);
  return row;
}

export function setWords(item, who, kind, text) {
  const row = line(item, who, kind);
  write(row.querySelector(".words"), text);
  row.scrollIntoView({ block: "nearest" });
}

export function addWords(item, who, kind, text) {
  const row = line(item, who, kind);
  row.querySelector(".words").textContent += text;
  row.scrollIntoView({ block: "nearest" });
}

/** Tell how long the caller waited for what an agent says. */
export function tellWait(item, who, seconds) {
  line(item, who, "agent").querySelector(".waited").textContent = `after ${took(seconds)}`;
}

/** Tell that the caller interrupted an item, and how much of it was heard. */
export function tellCut(item, seconds) {
  const row = lines.get(item);
  if (!row) return;
  row.classList.add("cut");
  row.querySelector(".end").textContent = `interrupted: ${took(seconds)} of it were heard`;
}

export function note(text, kind = "") {
  setWords(`note ${notes++}`, "", `note ${kind}`.trim(), text);
}

/** Write the transcript, a line for each of its own. */
export function asText() {
  const rows = [...at("transcript").children].map((row) => {
    const said = (name) => row.querySelector(`.${name}`).textContent;
    const aside = [said("waited"), said("end")].filter(Boolean).join(", ");
    return [`${row.dataset.time} `, said("who") && `${said("who")}:`, said("words"), aside && `(${aside})`].filter(Boolean).join(" ");
  });
  return `${rows.join("\n")}\n`;
}
