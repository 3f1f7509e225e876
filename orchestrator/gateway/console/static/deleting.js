// Deletes the call that is shown, after a question: what is deleted is gone.

import { at, write } from "./page.js";
import { Refused, ask } from "./server.js";

export class Deleting {
  /** `deleted` is told once a call is gone, `locked` when a key is wanted first. */
  constructor({ deleted, locked }) {
    this.deleted = deleted;
    this.locked = locked;
    this.call = null; // the call that the question is about
    at("keep").addEventListener("click", () => at("deleting").close());
    at("delete-now").addEventListener("click", () => this.#delete());
  }

  /** Ask whether a call is to be deleted; `name` is what people call it. */
  ask(call, name) {
    this.call = call;
    this.#fault(null);
    const sound = call.audio ? ", its recording" : "";
    write(at("deleting-what"), `${name}: its transcript${sound} and all else that was recorded of it. This cannot be undone.`);
    at("deleting").showModal();
  }

  async #delete() {
    const { id } = this.call;
    at("delete-now").disabled = true;
    try {
      await ask(`v1/calls/${encodeURIComponent(id)}`, { method: "DELETE" });
      at("deleting").close();
      await this.deleted(id);
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
      this.#refused(error);
    } finally {
      at("delete-now").disabled = false;
    }
  }

  #refused(error) {
    if (error.status === 401) {
      at("deleting").close(); // the field for the key is behind it
      this.locked(error);
    } else this.#fault(`It was not deleted. ${error.message}`);
  }

  #fault(text) {
    at("deleting-fault").hidden = !text;
    write(at("deleting-fault"), text ?? "");
  }
}
