// What the page shows: the team's graph, who has the caller, the transcript, problems in plain words.

const at = (id) => document.getElementById(id);
const READABLE = 0.75; // of its natural size, the least at which a drawing is shown

export function say(text) {
  at("status").textContent = text;
}

/** Show a problem, or take the last one away. */
export function problem(text) {
  at("problem").hidden = !text;
  at("problem").textContent = text ?? "";
}

export function askForKey(wanted) {
  at("access").hidden = !wanted;
  if (wanted) at("key").focus();
}

export function showTeam(team) {
  document.title = `Talk to ${team.name}`;
  at("team").textContent = team.name;
  // The page has its own colours for both themes, and its policy allows no style from inside a drawing.
  const plain = team.svg.replace(/<style[^]*?<\/style>/g, "");
  const drawing = new DOMParser().parseFromString(plain, "image/svg+xml").documentElement;
  if (drawing.nodeName === "svg") {
    at("graph").replaceChildren(document.importNode(drawing, true));
    // Smaller than this it could not be read: then it is moved about in its frame.
    at("graph").firstChild.style.minWidth = `${READABLE * drawing.getAttribute("width")}px`;
  }
  const rows = team.agents.map((agent) => {
    const row = document.createElement("div");
    const name = document.createElement("dt");
    name.id = `row-${agent.name}`;
    name.textContent = agent.name;
    const about = document.createElement("dd");
    const heard = agent.kind === "text" ? "never heard" : `voice: ${agent.voice.id ?? agent.voice}`;
    about.textContent = [agent.description, heard].filter(Boolean).join(" · ");
    row.append(name, about);
    return row;
  });
  at("agents").replaceChildren(...rows);
}

/** Light the agent that has the caller; none when the call is over. */
export function showActive(agent) {
  for (const lit of document.querySelectorAll("#graph .active, #agents .active")) lit.classList.remove("active");
  for (const id of [`agent-${agent}`, `row-${agent}`]) at(id)?.classList.add("active");
  const [box, frame] = [at(`agent-${agent}`)?.getBoundingClientRect(), at("graph").getBoundingClientRect()];
  if (box) at("graph").scrollBy({ left: box.x + box.width / 2 - frame.x - frame.width / 2, behavior: "smooth" });
}

/** Mark an agent that works on a question of another one. */
export function showAsked(agent, on) {
  at(`agent-${agent}`)?.classList.toggle("asked", on);
}

export function showCall(running) {
  at("start").hidden = running;
  for (const id of ["talk", "stop", "typing"]) at(id).hidden = !running;
  at("talk").disabled = false;
  if (running) return;
  showTalking(false);
  for (const asked of document.querySelectorAll("#graph .asked")) asked.classList.remove("asked");
}

export function showTalking(on) {
  at("talk").setAttribute("aria-pressed", String(on));
  at("talk").textContent = on ? "Listening – press to stop" : "Press to talk";
}

const lines = new Map(); // item id → its line

export function clearTranscript() {
  lines.clear();
  at("transcript").replaceChildren();
}

/** Return an item's line in the transcript, made when it is new. */
function line(item, who, kind) {
  if (!lines.has(item)) {
    const row = document.createElement("li");
    row.className = kind;
    const name = document.createElement("span");
    name.className = "who";
    name.textContent = who;
    const words = document.createElement("span");
    words.className = "words";
    row.append(name, words);
    at("transcript").append(row);
    lines.set(item, row);
  }
  return lines.get(item);
}

export function setWords(item, who, kind, text) {
  const row = line(item, who, kind);
  row.querySelector(".words").textContent = text;
  row.scrollIntoView({ block: "nearest" });
}

export function addWords(item, who, kind, text) {
  const row = line(item, who, kind);
  row.querySelector(".words").textContent += text;
  row.scrollIntoView({ block: "nearest" });
}

export function markCut(item) {
  lines.get(item)?.classList.add("cut");
}

let notes = 0;
export function note(text) {
  setWords(`note ${notes++}`, "", "note", text);
}
