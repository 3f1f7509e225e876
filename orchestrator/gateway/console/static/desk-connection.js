// The socket of the desk: opened again whenever it is lost, unless the key or the role is wrong.

import { UNANSWERED, readiness } from "./server.js";

const WAITS = [0.2, 0.5, 1, 2, 5]; // seconds before connecting again; then always the last
const ENDINGS = {
  1001: "The server is being restarted.",
  1011: "The server had a problem.",
  4008: "The connection was too slow.",
  4029: "The server is full at the moment.",
};
const FOR_GOOD = new Set([3000, 4000]); // connecting again does not help

export class Connection {
  /** `told` takes events; `lost` why the connection is gone, and whether it is for good. */
  constructor({ told, lost }) {
    this.told = told;
    this.lost = lost;
    this.socket = null;
    this.opened = false; // the server has accepted role and key once
    this.tries = 0; // to connect again, in a row
    this.why = ""; // the last error that the server told: the close that follows one has its reason
  }

  /** Connect, and stay so; throws when the key cannot be sent. */
  open({ role, team, key }) {
    const address = new URL("v1/realtime", document.baseURI);
    address.protocol = location.protocol === "https:" ? "wss:" : "ws:";
    address.search = new URLSearchParams({ desk: role, ...(team && { model: team }) });
    // A browser cannot set headers on a WebSocket: the key goes as a subprotocol, never in the address.
    this.socket = new WebSocket(address, key ? ["realtime", `openai-insecure-api-key.${key}`] : ["realtime"]);
    this.socket.onmessage = (message) => this.received(JSON.parse(message.data));
    this.socket.onclose = (event) => this.closed(event.code, () => this.open({ role, team, key }));
  }

  get up() {
    return this.socket?.readyState === WebSocket.OPEN;
  }

  send(event) {
    if (this.up) this.socket.send(JSON.stringify(event));
  }

  received(event) {
    if (event.type === "team.desk.opened") {
      this.opened = true;
      this.tries = 0;
    } else if (event.type === "error") {
      this.why = event.error.message;
    }
    this.told(event);
  }

  async closed(code, again) {
    this.socket = null;
    if (FOR_GOOD.has(code) || !this.opened) {
      this.opened = false;
      this.lost((FOR_GOOD.has(code) && this.why) || ENDINGS[code] || (await refused()), { forGood: true });
      return;
    }
    this.lost(ENDINGS[code] ?? "The connection was lost.", { forGood: false });
    setTimeout(again, 1000 * WAITS[Math.min(this.tries++, WAITS.length - 1)]);
  }
}

/** Say why a connection was refused without a word. */
async function refused() {
  const told = { gone: UNANSWERED, draining: ENDINGS[1001], full: ENDINGS[4029] };
  return told[await readiness()] ?? "The server did not take the connection. Its log says why.";
}
