// What the desk shows: who waits, all calls, and one call with everything that can be done in it.

import { at, button, keyed, make, write } from "./page.js";
import { ago, inWords } from "./words.js";

export function showEntry(shown) {
  at("entry").hidden = !shown;
  at("lists").hidden = shown;
  if (!shown) return;
  at("call").hidden = true;
  at(at("role").value ? "key" : "role").focus();
}

const set = (row, selector, text) => write(row.querySelector(selector), text);

export function showQueue(waiting, now, may, act) {
  at("queue-title").textContent = waiting.length ? `Waiting (${waiting.length})` : "Waiting";
  document.title = waiting.length ? `(${waiting.length}) Desk` : "Desk";
  at("queue-empty").hidden = waiting.length > 0;
  const row = (call) => {
    const { agent, reason } = call.waiting;
    const about = `the caller who waits for ${agent}${reason ? `: ${reason}` : ""}`;
    const item = make("li", {}, make("strong", { className: "who" }), make("span", { className: "quiet time" }));
    item.append(make("div", { className: "why" }), make("p", { className: "brief" }));
    if (may.has("take")) {
      item.append(
        make(
          "div",
          { className: "row" },
          button("Accept", () => act.accept(call.call), { className: "strong", "aria-label": `Accept ${about}` }),
          button("Decline", () => act.decline(call.call), { "aria-label": `Decline ${about}` }),
        ),
      );
    }
    return item;
  };
  keyed(at("queue"), waiting, (call) => `${call.call} ${call.waiting.since}`, row, (item, call) => {
    set(item, ".who", `For ${call.waiting.agent}`);
    set(item, ".time", ` · waits ${ago(now - call.waiting.since)}`);
    set(item, ".why", call.waiting.reason ?? "");
    set(item, ".brief", call.waiting.brief ?? "");
  });
}

export function showCalls(calls, now, { has, selected, may }, act) {
  at("all").hidden = !may.has("listen");
  at("calls-title").textContent = calls.length ? `Calls (${calls.length})` : "Calls";
  at("calls-empty").hidden = calls.length > 0;
  const row = (call) => {
    const [who, time, line] = ["who", "quiet time", "line"].map((className) => make("span", { className }));
    return make("li", {}, button("", () => act.select(call.call), {}, who, time, line));
  };
  keyed(at("calls"), calls, (call) => call.call, row, (item, call) => {
    const mine = call.call === has;
    item.firstChild.setAttribute("aria-current", String(call.call === selected));
    item.firstChild.classList.toggle("mine", mine);
    const waits = call.waiting ? `, waits for ${call.waiting.agent}` : "";
    set(item, ".who", `${mine ? "With you" : `With ${call.agent}${waits}`}${call.seat ? `, on the seat ${call.seat}` : ""}`);
    set(item, ".time", ` · ${ago(now - call.since)}`);
    set(item, ".line", call.line ?? "");
  });
}

export function showDecisions(approvals, now, act) {
  at("deciding").hidden = approvals.length === 0;
  const row = (asked) => {
    const tool = asked.name;
    const reason = make("input", { "aria-label": `Reason, for ${asked.agent}`, placeholder: "Reason (may be left out)" });
    const answer = (approve) => act.decide(asked, approve, reason.value.trim());
    return make(
      "li",
      {},
      make("strong", { textContent: `${asked.agent} wants to run ${tool}` }),
      make("span", { className: "quiet time" }),
      make("div", {}, make("code", { textContent: inWords(asked.arguments) })),
      make("div", { className: "row" }, reason),
      make(
        "div",
        { className: "row" },
        button("Approve", () => answer(true), { className: "strong", "aria-label": `Approve ${tool}` }),
        button("Decline", () => answer(false), { "aria-label": `Decline ${tool}` }),
      ),
    );
  };
  keyed(at("decisions"), approvals, (asked) => asked.id, row, (item, asked) => {
    set(item, ".time", ` · ${ago(asked.since + asked.within - now)} left`);
  });
}

/** Show what agents have written to persons, which waits until they have a caller of that call. */
export function showMessages(messages, now) {
  at("written").hidden = messages.length === 0;
  const row = () =>
    make("li", {}, make("strong", { className: "who" }), make("span", { className: "quiet time" }), make("p", { className: "brief" }));
  keyed(at("messages"), messages, (message) => message.id, row, (item, message) => {
    set(item, ".who", `For ${message.to}, from ${message.from}`);
    set(item, ".time", ` · ${ago(now - message.since)}`);
    set(item, ".brief", message.text);
  });
}

/** Show one call, without its conversation, which is added line by line; null: none. */
export function showCall(call, now, { mine, may, shared, listening }) {
  const shown = Boolean(call);
  at("call").hidden = !shown;
  if (!shown) return;
  const who = mine ? "you" : call.agent;
  at("call-title").textContent = call.over ? "Call, over" : mine ? "Your caller" : `Call with ${who}`;
  const facts = [`${ago((call.over ?? now) - call.since)}`, call.call];
  if (call.waiting) facts.unshift(`waits for ${call.waiting.agent}`);
  if (listening) facts.unshift("you are listening");
  at("call-about").textContent = facts.join(" · ");
  set(at("call"), "#call-brief", (call.waiting ? call.waiting.brief : call.brief) ?? "");
  at("facts").hidden = !may.has("listen") || !shared;
}

export function showFacts({ variables, functions }) {
  const terms = Object.entries(variables).map(([name, value]) => [
    make("dt", { textContent: name }),
    make("dd", { textContent: value === null ? "not known" : String(value) }),
  ]);
  at("variables").replaceChildren(...(terms.length ? terms.flat() : [make("dd", { textContent: "nothing" })]));
  const ran = functions.map((run) =>
    make(
      "li",
      {},
      make("span", { className: "name", textContent: `${run.name}` }),
      ` by ${run.agent}\n${inWords(run.arguments)}\n→ ${run.output ?? "it runs …"}`,
    ),
  );
  at("functions").replaceChildren(...(ran.length ? ran : [make("li", { className: "quiet", textContent: "None yet." })]));
}

// --- the conversation ---

const lines = new Map(); // item id → its line
let begun = null; // what an agent was saying, perhaps, when the transcript was asked for

/** Begin with what was said before; each line begins with who said it. */
export function showTranscript(told) {
  lines.clear();
  begun = null;
  at("transcript").replaceChildren();
  for (const line of told) {
    const [, who, words] = /^([^:]*): ([^]*)$/.exec(line) ?? [null, "", line];
    begun = add(who, words);
  }
}

const KINDS = { Caller: "caller", Tool: "note", Note: "note", Team: "note", "": "note" };

function add(who, words, kind = KINDS[who] ?? "agent") {
  const row = make("li", { className: kind });
  if (who) row.append(make("span", { className: "who", textContent: who }));
  row.append(make("span", { className: "words", textContent: words }));
  row.dataset.who = who;
  const list = at("transcript");
  const down = list.scrollHeight - list.scrollTop - list.clientHeight < 40; // whoever reads further up stays there
  list.append(row);
  if (down) list.scrollTop = list.scrollHeight;
  return row;
}

/** Put words into an item's line, which is made when it is new. */
export function hear(item, who, words, kind) {
  const goesOn = begun?.dataset.who === who && words.startsWith(begun.querySelector(".words").textContent);
  const row = lines.get(item) ?? (goesOn ? begun : add(who, words, kind));
  begun = null;
  lines.set(item, row);
  row.querySelector(".words").textContent = words;
}

export function note(text) {
  add("", text);
}
