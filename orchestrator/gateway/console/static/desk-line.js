// The audio of whoever has a caller by WebRTC, where the server has it; until it is up, and without it, audio is in the
// frames of the socket.

/** One connection at a time: the microphone goes one way, the caller comes the other. */
export class Line {
  constructor() {
    this.connection = null;
    this.player = null; // of the caller
    this.offers = 0; // counts them: only the answer to the last one is taken
  }

  /** Offer a connection for a microphone; `offer` sends one, or null when the connection is given up. */
  async open(stream, offer) {
    this.close();
    const connection = (this.connection = new RTCPeerConnection());
    connection.addTransceiver(stream.getAudioTracks()[0], { direction: "sendrecv", streams: [stream] });
    connection.ontrack = ({ track }) => this.play(track);
    connection.onconnectionstatechange = () => {
      // A connection that hangs is given up: the frames of the socket bring more.
      const lost = ["disconnected", "failed"].includes(connection.connectionState);
      if (!lost || connection !== this.connection) return;
      this.close();
      offer(null);
    };
    try {
      await connection.setLocalDescription();
    } catch {
      return; // closed meanwhile
    }
    if (connection === this.connection) offer({ event_id: this.name, sdp: connection.localDescription.sdp });
  }

  /** What the present offer is called. */
  get name() {
    return `offer ${this.offers}`;
  }

  /** Take the answer to an offer. */
  async answered({ offer, sdp }) {
    const { connection } = this;
    if (!connection || offer !== this.name) return;
    await connection.setRemoteDescription({ type: "answer", sdp }).catch(() => this.lost(offer));
  }

  /** Notice that an offer has come to nothing, or its connection is gone. */
  lost(offer) {
    if (offer === this.name) this.close();
  }

  play(track) {
    this.player = new Audio();
    this.player.srcObject = new MediaStream([track]);
    this.player.play().catch(() => {}); // closed before it began
  }

  /** Whether audio goes this way. */
  get up() {
    return this.connection?.connectionState === "connected";
  }

  close() {
    this.offers++;
    this.connection?.close();
    if (this.player) this.player.srcObject = null;
    this.connection = this.player = null;
  }
}
