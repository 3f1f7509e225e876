// Draws a waterfall as SVG: lanes of bars on one time axis, marks over all of them. Every bar and mark is a button;
// arrows move between them.

import { make } from "./page.js";
import { clock } from "./words.js";

const AXIS = 22; // pixels: height of the times
const TURNS = 20; // of the numbers of the turns
const GLYPH = 16; // of a row of marks
const MARK_ROWS = 3; // at most
const GAP = 10; // between lanes
const ROW = { voice: 30, handoffs: 18, responses: 20, tools: 18, consults: 18, sessions: 12, people: 18 };
const SECOND_ROW = 6; // of the models, below their answers
const STEPS = [0.1, 0.2, 0.5, 1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 1800, 3600]; // seconds between two times
const APART = 70; // pixels between two times
const LEGIBLE = 26; // pixels: the least width of a bar that has a text
const LETTER = 6.5; // pixels: about the width of one
const SMALL = 5.8; // of one in a text beside a bar
const BESIDE = new Set(["handoffs", "tools", "consults", "people"]); // lanes whose texts stand beside what is too narrow
const CUT = 8; // letters of a text beyond the next shorter one, from which on it is rather cut
const READABLE = 8; // pixels for a second, with which a call is shown first
const LEAST = 3; // pixels: the least width of a bar
// Kind of mark → the path of its sign, in a square of 10.
const SIGNS = {
  handoff: "M0 5h9M6 2l3 3-3 3",
  failed: "M1 1l8 8M9 1l-8 8",
  refused: "M5 0a5 5 0 1 0 .01 0M1.5 8.5l7-7",
  interrupted: "M6 0 2 6h3l-1 4 4-6H5z",
  lost: "M5 0v6M5 8.5v1.5",
  renewed: "M9 5a4 4 0 1 1-1.5-3.1M8 0v2.5H5.5",
  ended: "M1 1h8v8H1z",
  happened: "M5 3a2 2 0 1 0 .01 0",
};
const MEANINGS = {
  handoff: "handoff",
  failed: "handoff failed",
  refused: "refused by a rule",
  interrupted: "interrupted",
  lost: "session lost",
  renewed: "session renewed",
  ended: "end of the call",
  happened: "something else",
};
const NAMESPACE = "http://www.w3.org/2000/svg";

function svg(tag, fields = {}, ...children) {
  const element = document.createElementNS(NAMESPACE, tag);
  for (const [name, value] of Object.entries(fields)) element.setAttribute(name, value);
  element.append(...children);
  return element;
}

export class Drawing {
  /** `labels` and `chart` are elements to draw into; `select` is told the fact that was chosen. */
  constructor(labels, chart, select) {
    this.labels = labels;
    this.chart = chart;
    this.select = select;
    this.fall = null; // the waterfall that is shown
    this.lineOf = null; // says in words what a fact is
    this.scale = READABLE; // pixels for a second; 0: the whole call fits
    this.width = 0; // pixels of the whole drawing
    this.chosen = null; // the fact that is chosen
    this.cursor = null; // the line at what is played
    chart.addEventListener("keydown", (event) => this.#pressed(event));
    new ResizeObserver(() => this.fall && chart.clientWidth && this.draw()).observe(chart);
  }

  /** Show another call next: from its beginning. */
  forget() {
    this.scale = READABLE;
    this.chosen = null;
    this.chart.scrollLeft = 0;
  }

  /** Show a waterfall; `lineOf` says in words what a fact is. */
  show(fall, lineOf) {
    this.fall = fall;
    this.lineOf = lineOf;
    this.draw();
  }

  /** Show more or less of the call at once; 0: all of it. What is in the middle stays there. */
  zoom(factor) {
    const middle = (this.chart.scrollLeft + this.chart.clientWidth / 2) / this.perSecond;
    const wanted = factor && Math.min(400, this.perSecond * factor);
    this.scale = wanted;
    this.draw();
    this.chart.scrollLeft = middle * this.perSecond - this.chart.clientWidth / 2;
  }

  get #fitting() {
    return (this.chart.clientWidth - 8) / Math.max(1, this.fall.seconds);
  }

  get perSecond() {
    return Math.max(this.scale, this.#fitting);
  }

  /** Choose a fact, and bring it into sight. */
  choose(fact) {
    this.chosen = fact;
    const item = this.#press();
    if (!item) return;
    const box = item.getBoundingClientRect();
    const frame = this.chart.getBoundingClientRect();
    if (box.left < frame.left || box.left > frame.right - 40) this.chart.scrollLeft += box.left - frame.left - frame.width / 3;
  }

  /** Show which fact is chosen; returns what stands for it. */
  #press() {
    const fact = this.chosen;
    for (const item of this.#items) item.setAttribute("aria-pressed", String(Number(item.dataset.fact) === fact));
    const [item] = this.#items.filter((one) => Number(one.dataset.fact) === fact);
    if (item) this.#focusable(item);
    return item;
  }

  /** Draw the line at what is being played. */
  at(seconds) {
    this.cursor?.setAttribute("transform", `translate(${seconds * this.perSecond} 0)`);
    this.cursor?.setAttribute("visibility", "visible");
  }

  draw() {
    const { fall } = this;
    const focused = this.chart.contains(document.activeElement) ? document.activeElement.dataset.fact : null;
    const width = (this.width = Math.max(this.chart.clientWidth - 2, fall.seconds * this.perSecond + 6));
    const marks = this.#placed(fall.marks);
    const top = AXIS + TURNS + GLYPH * (1 + Math.max(0, ...marks.map(({ row }) => row))) + GAP;
    let y = top;
    const lanes = fall.lanes.map((lane) => {
      const placed = { lane, y, height: heightOf(lane) };
      y += placed.height + GAP;
      return placed;
    });
    const look = marks.some(({ crowded }) => crowded) ? "crowded" : "";
    const picture = svg("svg", { class: look, width, height: y, role: "group", "aria-label": "The call on one time axis" });
    picture.append(svg("defs", {}, hatch()), ...this.#turns(y), ...this.#axis(width, y), ...overlaps(lanes, this.perSecond));
    picture.append(...lanes.flatMap((lane) => this.#lane(lane, width)), ...marks.map((mark) => this.#mark(mark, y)));
    this.cursor = svg("g", { class: "cursor", visibility: "hidden" }, svg("path", { d: `M0 ${AXIS}V${y}` }));
    picture.append(this.cursor);
    this.chart.replaceChildren(picture);
    this.#labels(lanes, top, y);
    if (!this.#press() && this.#items[0]) this.#focusable(this.#items[0]);
    if (focused) this.chart.querySelector(`[data-fact="${focused}"]`)?.focus({ preventScroll: true });
  }

  #labels(lanes, top, bottom) {
    const rows = lanes.map(({ lane, y, height }) => {
      const label = make("div", { className: `label ${lane.kind}`, textContent: lane.label, title: lane.label });
      if (lane.hue !== undefined) label.classList.add(`hue-${lane.hue}`);
      label.style.top = `${y}px`;
      label.style.height = `${height}px`;
      return label;
    });
    this.labels.style.height = `${bottom}px`;
    const turns = make("div", { className: "label turns", textContent: "Turns" });
    turns.style.top = `${AXIS}px`;
    turns.style.height = `${TURNS}px`;
    this.labels.replaceChildren(...(top ? [turns] : []), ...rows);
  }

  /** Put marks that would cover each other into rows; what has no place in any of them is `crowded`. */
  #placed(marks) {
    const ends = [];
    return [...marks].sort((one, other) => one.at - other.at).map((mark) => {
      const x = mark.at * this.perSecond;
      let row = ends.findIndex((end) => end <= x - GLYPH / 2);
      if (row < 0 && ends.length === MARK_ROWS) return { ...mark, x, row: MARK_ROWS - 1, crowded: true };
      if (row < 0) row = ends.length;
      ends[row] = x + GLYPH / 2;
      return { ...mark, x, row };
    });
  }

  #turns(bottom) {
    return this.fall.turns.map(({ number, start, end }, index) => {
      const [x, width] = [start * this.perSecond, Math.max(1, (end - start) * this.perSecond)];
      const band = svg("rect", { class: index % 2 ? "band odd" : "band", x, y: AXIS, width, height: bottom - AXIS });
      const fits = width > 14;
      const name = number === 0 ? (width > 60 ? "Opening" : "") : String(number);
      return svg("g", {}, band, ...(fits && name ? [svg("text", { class: "turn", x: x + 4, y: AXIS + 14 }, name)] : []));
    });
  }

  #axis(width, bottom) {
    const step = STEPS.find((one) => one * this.perSecond >= APART) ?? STEPS.at(-1);
    const times = Array.from({ length: Math.floor(width / this.perSecond / step + 1e-6) + 1 }, (_, index) => index * step);
    return times.flatMap((time) => {
      const x = time * this.perSecond;
      const last = x > width - 30;
      const text = svg("text", { class: "time", x: last ? x - 3 : x + 3, y: 14, ...(last && { "text-anchor": "end" }) });
      text.append(clock(time, { tenths: step < 1 }));
      return [svg("path", { class: "tick", d: `M${x} 4V${bottom}` }), text];
    });
  }

  #lane({ lane, y, height }, width) {
    const ground = svg("rect", { class: "ground", x: 0, y, width, height });
    return [ground, ...lane.bars.map((bar) => this.#bar(lane, bar, y))];
  }

  #bar(lane, bar, top) {
    const own = lane.kind === "responses" && bar.row ? SECOND_ROW : ROW[lane.kind];
    const y = top + (lane.kind === "responses" && bar.row ? ROW.responses + 2 : bar.row * (ROW[lane.kind] + 2));
    const x = bar.start * this.perSecond;
    const width = Math.max(LEAST, (bar.end - bar.start) * this.perSecond);
    const rest = { x, y, width, height: own, rx: Math.min(3, own / 3) };
    const typed = bar.look === "caller typed";
    const shape = typed ? svg("circle", { cx: x, cy: y + own / 2, r: 6 }) : svg("rect", rest);
    const item = this.#item(bar.fact, `item ${bar.look}`, shape);
    if (bar.look.includes(" cut")) item.append(svg("rect", { ...rest, class: "hatch", fill: "url(#hatch)" }));
    if (bar.text && own > 10) item.append(...this.#text(lane, bar, { x, y, width, height: own }));
    return item;
  }

  /** Put a bar's text into it, or beside it where more of it has room; none where there is no room. */
  #text(lane, bar, { x, y, width, height }) {
    const texts = [bar.text, ...(bar.shorter ?? [])];
    const within = cut(texts, Math.floor((width - 6) / LETTER)) ?? "";
    if (BESIDE.has(lane.kind) && within !== bar.text) {
      const next = lane.bars.find((one) => one.row === bar.row && one.start > bar.start)?.start ?? Infinity;
      const room = Math.min(next * this.perSecond, this.width) - x - width - 6;
      const text = cut(texts, Math.floor(room / SMALL)) ?? "";
      if (text.length > within.length) return [svg("text", { class: "beside", x: x + width + 4, y: y + height / 2 + 4 }, text)];
    }
    if (width <= LEGIBLE) return [];
    // An SVG within an SVG cuts off what does not fit.
    const words = svg("text", { x: 5, y: height / 2 + 4 }, within || texts.at(-1));
    return [svg("svg", { x, y, width: width - 3, height }, words)];
  }

  #mark({ x, row, kind, fact, crowded }, bottom) {
    const y = AXIS + TURNS + row * GLYPH + 2;
    if (crowded) return this.#item(fact, `item mark ${kind}`, svg("path", { d: `M${x} ${y + 6}v6` }));
    const sign = svg("g", { transform: `translate(${x - 5} ${y})` }, svg("rect", { class: "hit", x: -3, y: -2, width: 16, height: 15 }), svg("path", { d: SIGNS[kind] }));
    return this.#item(fact, `item mark ${kind}`, svg("path", { class: "through", d: `M${x} ${y + 13}V${bottom}` }), sign);
  }

  /** Make a button of what stands for a fact. */
  #item(fact, look, ...children) {
    const line = this.lineOf(fact);
    const fields = { class: look, role: "button", tabindex: -1, "data-fact": fact, "aria-pressed": "false", "aria-label": line };
    const item = svg("g", fields, svg("title", {}, line), ...children);
    item.addEventListener("click", () => this.select(fact));
    return item;
  }

  get #items() {
    return [...this.chart.querySelectorAll(".item")];
  }

  /** Let one item be reached by the tabulator; the arrows lead to the others. */
  #focusable(item) {
    for (const other of this.chart.querySelectorAll('.item[tabindex="0"]')) other.setAttribute("tabindex", -1);
    item.setAttribute("tabindex", 0);
  }

  #pressed(event) {
    const items = this.#items;
    const here = items.indexOf(document.activeElement);
    if (here < 0) return;
    const moves = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1, Home: -here, End: items.length - 1 - here };
    if (event.key === "Enter" || event.key === " ") this.select(Number(items[here].dataset.fact));
    else if (event.key in moves) {
      const next = items[Math.min(items.length - 1, Math.max(0, here + moves[event.key]))];
      this.#focusable(next);
      next.focus();
    } else return;
    event.preventDefault();
  }
}

/** Return what the signs of the marks mean, of those kinds that there are. */
export function signs(fall) {
  const kinds = Object.keys(MEANINGS).filter((kind) => fall.marks.some((mark) => mark.kind === kind));
  const sign = (kind) => svg("svg", { viewBox: "0 0 10 10", "aria-hidden": "true" }, svg("path", { d: SIGNS[kind] }));
  return kinds.map((kind) => make("span", {}, sign(kind), MEANINGS[kind]));
}

/** Return the longest of some texts that has room, itself cut if much of it is left; undefined if none has. */
function cut(texts, letters) {
  const [whole, ...shorter] = texts;
  if (whole.length <= letters) return whole;
  if (shorter.length && letters >= shorter[0].length + CUT) return `${whole.slice(0, letters - 1)}…`;
  return shorter.find((text) => text.length <= letters);
}

function heightOf({ kind, rows = 1 }) {
  if (kind === "responses") return ROW.responses + 2 + SECOND_ROW;
  return rows * (ROW[kind] + 2) - 2;
}

/** The times at which both voices are heard, over both lanes. */
function overlaps(lanes, scale) {
  const voices = lanes.filter(({ lane }) => lane.kind === "voice");
  const drawn = [];
  for (let first = 0; first + 1 < voices.length; first += 2) {
    const [above, below] = [voices[first], voices[first + 1]];
    for (const { start, end } of above.lane.overlaps) {
      const [x, width] = [start * scale, Math.max(2, (end - start) * scale)];
      drawn.push(svg("rect", { class: "overlap", x, y: above.y - 3, width, height: below.y + below.height - above.y + 6 }));
    }
  }
  return drawn;
}

/** What is laid over something that was cut. */
function hatch() {
  const fields = { id: "hatch", width: 6, height: 6, patternUnits: "userSpaceOnUse", patternTransform: "rotate(45)" };
  return svg("pattern", fields, svg("path", { d: "M1 0V6" }));
}
