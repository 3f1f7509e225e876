// The team as the page draws it: who has the caller, who is asked, how the session of each agent is.

import { at, make, write } from "./page.js";

const READABLE = 0.75; // of its natural size, the least at which a drawing is shown
const STATES = ["opening", "open", "warm", "lost", "renewed"];

export function showTeam(team) {
  // The page has its own colours for both themes, and its policy allows no style from inside a drawing.
  const plain = team.svg.replace(/<style[^]*?<\/style>/g, "");
  const drawing = new DOMParser().parseFromString(plain, "image/svg+xml").documentElement;
  if (drawing.nodeName === "svg") {
    at("graph").replaceChildren(document.importNode(drawing, true));
    // Smaller than this it could not be read: then it is moved about in its frame.
    at("graph").firstChild.style.minWidth = `${READABLE * drawing.getAttribute("width")}px`;
  }
  const rows = team.agents.map((agent) => {
    const heard = agent.kind === "text" ? "never heard" : agent.kind === "person" ? "a person" : `voice: ${agent.voice?.id ?? agent.voice}`;
    const about = [agent.description, heard].filter(Boolean).join(" · ");
    const name = make("dt", { id: `row-${agent.name}` }, agent.name, make("span", { className: "state" }));
    return make("div", {}, name, make("dd", { textContent: about }));
  });
  at("agents").replaceChildren(...rows);
  for (const agent of team.agents) addState(agent.name);
}

/** Put a place for the state of its session into an agent's box. */
function addState(agent) {
  const box = document.querySelector(`#agent-${CSS.escape(agent)} rect`);
  if (!box) return;
  const [x, y] = ["x", "y"].map((name) => Number(box.getAttribute(name)));
  const state = document.createElementNS(box.namespaceURI, "text");
  state.setAttribute("class", "state");
  state.setAttribute("x", x + 8);
  state.setAttribute("y", y + 14);
  box.parentElement.append(state);
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

/** Show how an agent's session is; an empty state is none. */
export function showSession(agent, state) {
  const box = at(`agent-${agent}`);
  box?.classList.remove(...STATES.map((one) => `session-${one}`));
  if (STATES.includes(state)) box?.classList.add(`session-${state}`);
  for (const place of [box?.querySelector(".state"), at(`row-${agent}`)?.querySelector(".state")]) {
    if (place) write(place, state);
  }
}

/** Show that there is no call: no question, no session. */
export function rest(agents) {
  showActive(null);
  for (const asked of document.querySelectorAll("#graph .asked")) asked.classList.remove("asked");
  for (const { name } of agents) showSession(name, "");
}
