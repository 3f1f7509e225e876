// The sound of the desk: both sides of a call, each a track of its own, and the microphone of whoever has a caller.

import { Player, fromBase64, openMicrophone, toBase64 } from "./audio.js";
import { Line } from "./desk-line.js";
import { decode, encode, isG711 } from "./g711.js";

const FRAME = 20; // milliseconds
const PIECES = 50; // after which a track begins a new item, so that the player forgets what was played
const LATE = 0.5; // seconds that a live track may be behind before it catches up
const LOUD = 300; // mean amplitude of speech; the maximum is 32,767
const RECENT = 3000; // milliseconds in which what was said may not be written down yet
const PAUSE = 1200; // milliseconds of silence that end a turn

const rateOf = (format) => (isG711(format.type) ? 8000 : 24000);

/** One side of a call. */
class Track {
  constructor(context, format, live) {
    this.player = new Player(context, rateOf(format));
    this.format = format;
    this.live = live; // it comes as it is spoken; what agents say comes ahead of time
    this.pieces = 0;
  }

  add(bytes) {
    const pcm = isG711(this.format.type) ? new Uint8Array(decode(bytes, this.format.type).buffer) : bytes;
    if (this.live && this.player.ahead > LATE) this.stop();
    this.player.add(Math.floor(this.pieces++ / PIECES), pcm);
  }

  stop() {
    this.player.interrupt();
    this.pieces += PIECES; // what comes next belongs to no item that was cut
  }
}

export class Sound {
  constructor() {
    this.context = null; // made by a press of a button, without which browsers play nothing
    this.tracks = new Map(); // leg → its track
    this.closeMicrophone = null;
    this.stream = null; // of the microphone
    this.line = new Line(); // by WebRTC
    this.opening = 0; // counts the microphones that were asked for: only the last one counts
    this.muted = false;
    this.spoke = -RECENT; // when something was said last
    this.send = null; // takes base64 audio
    this.format = null; // of the call's audio
  }

  /** Get ready to play; call it when a button is pressed. */
  wake() {
    this.context ??= new AudioContext();
    return this.context.resume();
  }

  /** Begin to hear a call: `formats` are those of the two legs. */
  hear(formats) {
    this.silence();
    this.wake();
    for (const [leg, format] of Object.entries(formats)) {
      this.tracks.set(leg, new Track(this.context, format, leg === "caller"));
    }
  }

  play(leg, audio) {
    this.tracks.get(leg)?.add(fromBase64(audio));
  }

  /** Drop what is still to be played of one side. */
  cut(leg) {
    this.tracks.get(leg)?.stop();
  }

  silence() {
    for (const track of this.tracks.values()) track.stop();
    this.tracks.clear();
  }

  /** Open the microphone; `send` takes frames in the call's format. Throws when it cannot be had. */
  async speak(format, send) {
    this.hang();
    const number = this.opening;
    this.send = send;
    this.format = format;
    let stream = null;
    const close = await openMicrophone(this.context, (chunk) => this.frame(new Int16Array(chunk)), {
      rate: rateOf(format),
      ms: FRAME,
      onStream: (given) => (stream = given),
    });
    if (number !== this.opening) return close(); // the call was over before the browser had asked
    this.closeMicrophone = close;
    this.stream = stream;
    this.enable();
  }

  frame(samples) {
    if (this.muted) return;
    if (samples.reduce((sum, sample) => sum + Math.abs(sample), 0) > LOUD * samples.length) this.spoke = performance.now();
    if (!this.line.up) this.send?.(this.encoded(samples));
  }

  /** Whether something was said a moment ago. */
  get justSpoke() {
    return performance.now() - this.spoke < RECENT;
  }

  encoded(samples) {
    const { type } = this.format;
    return toBase64(isG711(type) ? encode(samples, type) : samples.buffer);
  }

  get speaking() {
    return this.closeMicrophone !== null;
  }

  /** Mute the microphone, or let it be heard again. */
  mute(on) {
    this.muted = on;
    this.enable();
    if (on && !this.line.up) this.pause();
  }

  /** Let the line have the microphone, or silence while it is muted. */
  enable() {
    for (const track of this.stream?.getTracks() ?? []) track.enabled = !this.muted;
  }

  /** End the turn: who writes it down waits for silence, which a microphone that is off would not send. */
  pause() {
    const silent = this.send && this.encoded(new Int16Array((rateOf(this.format) * FRAME) / 1000));
    for (let ms = 0; silent && ms < PAUSE; ms += FRAME) this.send(silent);
  }

  /** Close the microphone. */
  hang() {
    this.opening++;
    this.line.close();
    this.closeMicrophone?.();
    this.closeMicrophone = this.stream = null;
    this.send = null;
    this.muted = false;
  }
}
