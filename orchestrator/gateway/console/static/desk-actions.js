// What somebody at the desk can do in one call: a button or a form for each thing that their role may.

import { button, make } from "./page.js";

const HAND_BACK = "hand_back";
const TRANSFER = "transfer_to_";
const NOT_RUN = new Set([HAND_BACK, "stop_waiting"]);
const SURE = 4000; // milliseconds in which hanging up must be pressed again
const PURPOSES = [
  ["note", "to know", "silent"],
  ["say", "to tell the caller", "when_idle"],
  ["instruct", "to do from now on", "silent"],
];
const WHEN = [
  ["silent", "silently"],
  ["when_idle", "when nobody speaks"],
  ["interrupt", "at once"],
];

let shape = ""; // of what is shown: the forms are made anew only when it changes, so that nobody's words are lost

/** Show what can be done. `see` says how things are: {call, mine, may, role, listening, muted, speaking, functions}. */
export function showActions(see, act) {
  const { call, mine, may, role, listening, muted, speaking, functions } = see;
  const [buttons, forms] = ["actions", "forms"].map((id) => document.getElementById(id));
  const waits = call?.waiting?.desk === role;
  const free = !see.busy;
  const now = JSON.stringify([call?.call, call?.over, mine, waits, free, listening, muted, speaking, functions, [...may]]);
  if (now === shape) return;
  shape = now;
  const typed = new Map([...forms.querySelectorAll("[name]")].map((field) => [field.name, field.value]));
  const focused = document.activeElement?.dataset.action;
  buttons.replaceChildren();
  forms.replaceChildren();
  if (!call || call.over) return;
  const press = (name, text, fields = {}) => {
    buttons.append(button(text, () => act[name](call.call), { ...fields, "data-action": name }));
  };
  if (may.has("take") && waits && !mine && free) {
    press("accept", "Accept", { className: "strong" });
    press("decline", "Decline");
  }
  if (may.has("take") && !waits && !mine && free) press("take", "Take over", { className: "strong" });
  if (mine && speaking) press("mute", muted ? "Muted – press to speak" : "Mute my microphone", { "aria-pressed": String(muted) });
  if (mine && !speaking) press("speak", "Turn my microphone on", { className: "strong" });
  if (may.has("listen") && free) press("listen", listening ? "Stop listening" : "Listen", { "aria-pressed": String(listening) });
  if (mine) buttons.append(hangUp(() => act.hangUp(call.call)));
  const parts = [];
  if (may.has("note") && !mine) parts.push(telling((...told) => act.tell(call.call, ...told)));
  if (mine) parts.push(giveBack(functions, (...given) => act.giveBack(call.call, ...given)));
  const runnable = mine ? functions.filter(({ name }) => !NOT_RUN.has(name) && !name.startsWith(TRANSFER)) : [];
  if (runnable.length) parts.push(run(runnable, (...asked) => act.run(call.call, ...asked)));
  forms.append(...parts.filter((part) => part.childElementCount));
  for (const field of forms.querySelectorAll("[name]")) if (typed.get(field.name)) field.value = typed.get(field.name);
  buttons.querySelector(`[data-action="${focused}"]`)?.focus();
}

function field(label, input, className = "") {
  input.id = `field-${input.name}`;
  return make("div", { className: `field ${className}` }, make("label", { htmlFor: input.id, textContent: label }), input);
}

function choice(name, options) {
  return make("select", { name }, ...options.map(([value, text]) => make("option", { value, textContent: text })));
}

function form(label, submit, ...parts) {
  const made = make("form", { "aria-label": label }, ...parts);
  made.addEventListener("submit", (event) => {
    event.preventDefault();
    submit(made.elements);
  });
  return made;
}

const send = (text) => make("button", { type: "submit", textContent: text });

function hangUp(act) {
  const text = "Hang up";
  const made = button(text, () => {
    if (made.textContent !== text) return act();
    made.textContent = "Press again to hang up";
    setTimeout(() => (made.textContent = text), SURE);
  }, { className: "bad", "data-action": "hangUp" });
  return made;
}

function telling(act) {
  const purpose = choice("purpose", PURPOSES);
  const when = choice("when", WHEN);
  purpose.addEventListener("change", () => (when.value = PURPOSES.find(([value]) => value === purpose.value)[2]));
  const words = make("input", { name: "words", required: true, maxLength: 4000, autocomplete: "off" });
  const submit = () => {
    act(purpose.value, words.value.trim(), when.value);
    words.value = "";
  };
  return form(
    "Tell the agent", submit, field("Tell the agent", words, "wide"), field("What for", purpose), field("Speak of it", when), send("Tell"),
  );
}

function giveBack(functions, act) {
  const names = functions.map(({ name }) => name);
  const options = names.filter((name) => name.startsWith(TRANSFER)).map((name) => name.slice(TRANSFER.length));
  const to = choice("to", options.map((name) => [name, name]));
  if (names.includes(HAND_BACK)) to.prepend(make("option", { value: "", textContent: "the agent before" }));
  to.selectedIndex = 0;
  const note = make("input", { name: "note", maxLength: 4000, autocomplete: "off", placeholder: "what you promised" });
  if (!to.options.length) return make("form");
  const submit = () => act(to.value, note.value.trim());
  return form("Give the caller back", submit, field("Give the caller to", to), field("Note for the agent", note, "wide"), send("Give back"));
}

function run(functions, act) {
  const which = choice("function", functions.map(({ name }) => [name, name]));
  const inputs = make("div", { className: "row wide" });
  const chosen = () => functions.find(({ name }) => name === which.value);
  const properties = () => Object.entries(chosen().parameters?.properties ?? {});
  const choose = () => {
    which.title = chosen().description ?? "";
    inputs.replaceChildren(...properties().map(([name, about]) => field(about.description ?? name, argument(name, about))));
  };
  which.addEventListener("change", choose);
  choose();
  const submit = (elements) => {
    const given = properties().map(([name, about]) => [name, valueOf(elements[`argument ${name}`].value, about)]);
    act(which.value, Object.fromEntries(given.filter(([, value]) => value !== undefined)));
  };
  return form("Run a function", submit, field("Run a function", which), inputs, send("Run"));
}

function argument(name, about) {
  const options = about.type === "boolean" ? ["true", "false"] : about.enum;
  if (!options) return make("input", { name: `argument ${name}`, autocomplete: "off" });
  return choice(`argument ${name}`, ["", ...options].map((value) => [value, value]));
}

/** Return what was typed as a value of the kind that the function wants; undefined when nothing was. */
function valueOf(text, about) {
  if (text === "") return undefined;
  if (about.type === "string" || about.enum?.includes(text)) return text;
  try {
    return JSON.parse(text);
  } catch {
    return text; // the server says what is wrong with it
  }
}
