// The recording of a call: two channels, the caller left and the team right, of which one can be heard alone.

const CHANNELS = { both: [1, 1], caller: [1, 0], team: [0, 1] };

export class Recording {
  /** `moved` is told the second that is heard. */
  constructor(player, moved) {
    this.player = player;
    this.gains = null; // of the two channels; made at the first press of a button, without which browsers play nothing
    this.loaded = null; // the call whose recording it is
    player.addEventListener("timeupdate", () => moved(player.currentTime));
    player.addEventListener("seeked", () => moved(player.currentTime));
  }

  /** Take the recording of a call. */
  load(call, blob) {
    this.clear();
    this.loaded = call;
    this.player.src = URL.createObjectURL(blob);
    this.player.hidden = false;
  }

  /** Forget what was loaded. */
  clear() {
    if (!this.loaded) return;
    this.player.pause();
    URL.revokeObjectURL(this.player.src);
    this.player.removeAttribute("src");
    this.player.hidden = true;
    this.loaded = null;
  }

  async play(seconds) {
    this.player.currentTime = Math.max(0, seconds);
    await this.player.play();
  }

  /** Let one side be heard, or both: in the middle, as one hears a call. */
  hear(side) {
    this.gains ??= this.#split();
    CHANNELS[side].forEach((gain, channel) => (this.gains[channel].gain.value = gain));
  }

  #split() {
    const context = new AudioContext();
    const splitter = context.createChannelSplitter(2);
    context.createMediaElementSource(this.player).connect(splitter);
    context.resume();
    return [0, 1].map((channel) => {
      const gain = context.createGain();
      splitter.connect(gain, channel);
      gain.connect(context.destination);
      return gain;
    });
  }
}
