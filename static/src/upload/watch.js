// Asks how far the batch is: every two seconds while it moves, seldom when nobody looks or nothing happens.
import { Refusal, token } from "../http.js";

const OFTEN = 2000; // milliseconds
const SELDOM = 15000;
const CALM_AFTER = 15; // answers without news

export class Watch {
  constructor(batch, hear) {
    Object.assign(this, { batch, hear });
    this.change = 0;
    this.tag = null;
    this.quiet = 0;
    this.clock = null;
    this.asking = false;
    document.addEventListener("visibilitychange", () => { if (!document.hidden) this.soon(); });
  }

  /** Everything the archive knows, page by page; then every change. */
  async start() {
    await this.turn();
  }

  soon() {
    this.quiet = 0;
    clearTimeout(this.clock);
    this.clock = setTimeout(() => this.turn(), 0);
  }

  async turn() {
    if (this.asking) return;
    this.asking = true;
    clearTimeout(this.clock);
    try {
      while (await this.once()) { /* the next page */ }
    } catch (error) {
      this.quiet = CALM_AFTER;
      if (error instanceof Refusal && [401, 403, 404].includes(error.status)) return;
    } finally {
      this.asking = false;
    }
    this.clock = setTimeout(() => this.turn(), document.hidden || this.quiet >= CALM_AFTER ? SELDOM : OFTEN);
  }

  async once() {
    const headers = { Accept: "application/json", "X-Requested-With": "fetch", "X-CSRFToken": token() };
    if (this.tag) headers["If-None-Match"] = this.tag;
    const answer = await fetch(`/cargas/${this.batch}/avance?desde=${this.change}`, { headers, cache: "no-store" });
    if (answer.status === 304) {
      this.quiet += 1;
      return false;
    }
    if (!answer.ok) throw new Refusal(answer.status, "error", "");
    const said = await answer.json();
    this.quiet = said.change === this.change ? this.quiet + 1 : 0;
    this.tag = said.change === this.change ? answer.headers.get("ETag") : null;
    this.change = said.change;
    this.hear(said);
    return said.more;
  }
}
