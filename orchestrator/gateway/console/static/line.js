// The line to the server: a socket that is opened again when it is lost, where the server lets a call go on at another
// node (`team.call.resumable`). What is said meanwhile is kept, and what the lost node may have heard of a turn that had
// not ended is said again, unless the server knows that turn.

// Close codes after which a call goes on: no close frame came, the node stops, no node can take the call at the moment.
const LOST = new Set([1006, 1012, 1013]);
const KEPT = 600; // pieces of audio that are kept; then the oldest are dropped
const BEFORE = 20; // of them, while nobody is heard to speak: in these somebody may have begun
const WAITING = 200; // other events that are kept without a connection
const PAUSE = 100;
const LONGEST_PAUSE = 2000; // milliseconds before another attempt, doubled each time; a random part of it is left out

export class Line {
  /** `received` takes events, `ended` the close that ends the call; throws when the key cannot be sent. */
  constructor(address, protocols, { received, ended }) {
    this.address = address;
    this.protocols = protocols;
    this.told = received;
    this.ended = ended;
    this.token = null; // what the call is resumed with; null while it cannot be
    this.seconds = 0; // that there are for it
    this.until = null; // on the page's clock; null while the line is not lost
    this.pause = PAUSE;
    this.back = false; // this is not the first connection
    this.connected = true;
    this.hungUp = false;
    this.turn = []; // audio that was sent of the caller's turn, or of what may be its beginning
    this.speaking = false; // the server has heard the turn begin
    this.committed = null; // the last turn that the server has told of
    this.unsaid = []; // audio that waits for the connection
    this.waiting = []; // other events that do
    this.open(address);
  }

  open(address) {
    this.socket = new WebSocket(address, this.protocols);
    this.socket.onmessage = (message) => this.received(JSON.parse(message.data));
    this.socket.onclose = (event) => this.closed(event);
  }

  send(event) {
    const audio = event.type === "input_audio_buffer.append";
    if (!this.connected || this.socket.readyState > WebSocket.OPEN) {
      keep(audio ? this.unsaid : this.waiting, event, audio ? KEPT : WAITING);
      return;
    }
    if (this.socket.readyState !== WebSocket.OPEN) return;
    this.socket.send(JSON.stringify(event));
    if (audio) keep(this.turn, event, this.speaking ? KEPT : BEFORE);
    else if (event.type === "input_audio_buffer.clear") this.turn = [];
  }

  /** Hang up. */
  close() {
    this.hungUp = true;
    this.token = null;
    if (this.connected) this.socket.close(1000);
  }

  received(event) {
    if (event.type === "session.created" && this.back) return; // it is the same one
    if (event.type === "input_audio_buffer.speech_started") this.speaking = true;
    if (event.type === "input_audio_buffer.committed") {
      this.committed = event.item_id;
      this.over();
    }
    if (event.type === "team.call.resumable") Object.assign(this, { token: event.token, seconds: event.seconds });
    if (event.type === "team.call.resumed") this.resumed(event);
    this.told(event);
  }

  over() {
    this.turn = [];
    this.speaking = false;
  }

  resumed(event) {
    if (event.last_turn && event.last_turn !== this.committed) this.over(); // only the word of its end was lost
    const audio = [...this.turn, ...this.unsaid].slice(-KEPT);
    const all = [...audio, ...this.waiting];
    Object.assign(this, { connected: true, until: null, pause: PAUSE, turn: audio, unsaid: [], waiting: [] });
    for (const one of all) this.socket.send(JSON.stringify(one));
  }

  closed(event) {
    this.until ??= performance.now() + this.seconds * 1000;
    if (this.hungUp || !this.token || !LOST.has(event.code) || performance.now() > this.until) {
      this.ended(event);
      return;
    }
    this.connected = false;
    this.back = true;
    setTimeout(() => this.again(), Math.random() * this.pause);
    this.pause = Math.min(2 * this.pause, LONGEST_PAUSE);
  }

  again() {
    if (this.hungUp) return this.ended({ code: 1000, reason: "" });
    const address = new URL(this.address);
    address.searchParams.set("resume", this.token);
    this.open(address);
  }
}

function keep(list, one, most) {
  list.push(one);
  if (list.length > most) list.splice(0, list.length - most);
}
