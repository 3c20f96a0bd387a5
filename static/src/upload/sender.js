// Sends what waits, three files at a time: JPEG first, clips last. What was begun goes on where it stopped.
import { Upload } from "tus-js-client";
import { ask, token } from "../http.js";
import { fill } from "../page.js";
import { RANKS, rank } from "./kinds.js";
import { endsOf } from "./ends.js";
import { open } from "./sources.js";

const LANES = 3;
const ASKED_AT_ONCE = 20; // files compared with the archive in one question
const MIB = 1024 * 1024;
const SMALLEST = 2 * MIB;
const LARGEST = 64 * MIB;
const PIECE_SECONDS = 8; // how long one request should last: short enough to share, long enough to flow
const PATIENCE = [2, 5, 10, 20, 40, 60]; // seconds to wait while the network or the disk is away

export class Sender {
  constructor({ batch, endpoint, files, words, onTrouble }) {
    Object.assign(this, { batch, endpoint, files, words, onTrouble });
    this.queues = Array.from({ length: RANKS }, () => []);
    this.doubtful = []; // known to the archive by path: compared before they are sent
    this.running = new Map(); // record → tus Upload
    this.lanes = 0;
    this.paused = false;
    this.failures = 0;
    this.speed = 0; // bytes per second, smoothed
    this.passed = 0;
    this.clock = null;
  }

  get busy() { return this.lanes > 0; }

  /** Takes records in, in their order, and sees that they are being sent. */
  take(records) {
    for (const record of records) this.line(record).push(record);
    // The next one is at the end: taking it costs nothing.
    for (const queue of this.queues) queue.sort((one, other) => (one.path < other.path ? 1 : -1));
    this.go();
  }

  line(record) {
    return record.known && !record.ends ? this.doubtful : this.queues[rank(record.path)];
  }

  back(record) {
    this.line(record).push(record);
  }

  go() {
    if (this.paused) return;
    this.clock ??= setInterval(() => this.measure(), 1000);
    while (this.lanes < LANES && this.waiting() > this.lanes) {
      this.lanes += 1;
      this.work().finally(() => {
        this.lanes -= 1;
        if (this.lanes === 0) {
          clearInterval(this.clock);
          this.clock = null;
        }
        this.files.changed();
      });
    }
  }

  waiting() {
    return this.doubtful.length + this.queues.reduce((sum, queue) => sum + queue.length, 0);
  }

  pause() {
    this.paused = true;
    for (const [record, upload] of this.running) {
      upload.abort();
      record.upload = upload.url;
      this.files.put(record, "waiting");
      this.back(record);
      upload.done();
    }
    this.running.clear();
  }

  resume() {
    this.paused = false;
    this.failures = 0;
    this.onTrouble("");
    this.go();
  }

  async work() {
    while (!this.paused) {
      if (this.doubtful.length) {
        await this.compare(this.doubtful.splice(0, ASKED_AT_ONCE));
        continue;
      }
      const record = this.queues.find((queue) => queue.length)?.pop();
      if (!record) return;
      await this.send(record);
    }
  }

  /** Which of these came before? The archive knows by path, size, time and both ends. */
  async compare(records) {
    const asked = [];
    for (const record of records) {
      try {
        const file = await this.look(record);
        record.ends = await endsOf(file);
        asked.push(record);
      } catch (error) {
        this.cannotRead(record, error);
      }
    }
    if (!asked.length) return;
    let answer;
    try {
      const told = asked.map(({ path, size, modified, ends }) => ({ path, size, modified, ends_sha256: ends }));
      answer = await ask(`/cargas/${this.batch}/reconocer`, { method: "POST", json: { files: told } });
    } catch (error) {
      for (const record of asked) {
        record.ends = null;
        this.doubtful.push(record);
      }
      await this.away(error.status ?? 0, error.message);
      return;
    }
    this.wellAgain();
    answer.files.forEach((known, place) => {
      const record = asked[place];
      record.known = false;
      if (known.outcome) {
        record.reason = known.reason;
        record.asset = known.asset;
        this.settle(record, known.outcome);
      } else {
        record.upload = known.upload;
        this.files.put(record, "waiting");
        this.queues[rank(record.path)].push(record);
      }
    });
  }

  async send(record) {
    let file;
    try {
      file = await this.look(record);
      record.ends ??= await endsOf(file);
    } catch (error) {
      this.cannotRead(record, error);
      return;
    }
    if (this.paused) {
      this.back(record);
      return;
    }
    this.files.put(record, "sending");
    const failed = await this.carry(record, file);
    this.running.delete(record);
    if (!failed) {
      this.wellAgain();
      this.settle(record, record.state === "sending" ? "received" : record.state);
    } else if (failed !== "paused") await this.failedAt(record, failed);
  }

  /** One upload by tus. Resolves to nothing, to an error, or to "paused". */
  carry(record, file) {
    return new Promise((resolve) => {
      let before = 0;
      const upload = new Upload(file, {
        endpoint: this.endpoint,
        uploadUrl: record.upload,
        chunkSize: this.piece(),
        retryDelays: [0, 1000, 3000, 5000],
        headers: { "X-CSRFToken": token(), "X-Requested-With": "fetch" },
        metadata: {
          batch: String(this.batch),
          path: record.path,
          filename: file.name,
          modified: String(record.modified),
          ends_sha256: record.ends,
        },
        storeFingerprintForResuming: false, // the archive recognises; nothing grows here
        onShouldRetry: (error) => worthAnother(error.originalResponse?.getStatus() ?? 0),
        onAfterResponse: (_request, response) => {
          const item = Number(response.getHeader("Upload-Item"));
          if (item && record.item === null) {
            record.item = item;
            this.files.byItem.set(item, record);
          }
        },
        onProgress: (sent) => {
          this.passed += Math.max(0, sent - before);
          before = sent;
          record.sent = sent;
          this.files.changed();
        },
        onChunkComplete: () => { upload.options.chunkSize = this.piece(); },
        onSuccess: () => resolve(null),
        onError: (error) => {
          record.upload = upload.url;
          resolve(error);
        },
      });
      upload.done = () => resolve("paused");
      this.running.set(record, upload);
      upload.start();
    });
  }

  async look(record) {
    const file = await open(record.source);
    if (file.size !== record.size || file.lastModified !== record.modified) {
      this.files.resize(record, file.size); // it changed since it was listed
      record.modified = file.lastModified;
      record.ends = record.upload = null;
    }
    return file;
  }

  /** The archive has it: the machine's side of the record can go. */
  settle(record, outcome) {
    record.source = record.ends = record.upload = null;
    record.sent = 0;
    this.files.put(record, outcome);
  }

  cannotRead(record, error) {
    console.warn(record.path, error);
    record.reason = this.words.unreadable;
    this.files.put(record, "unreadable");
  }

  async failedAt(record, error) {
    const answer = error.originalResponse;
    if (!error.originalRequest) {
      this.cannotRead(record, error);
      return;
    }
    const status = answer?.getHeader("Session-Ended") ? 401 : (answer?.getStatus() ?? 0);
    if (status === 401 || status === 507 || worthAnother(status)) {
      this.files.put(record, "waiting");
      this.back(record);
      await this.away(status);
      return;
    }
    record.reason = fill(this.words.refused, { reason: (answer?.getBody() || `HTTP ${status}`).trim().slice(0, 300) });
    record.upload = null;
    this.files.put(record, "refused");
  }

  /** Nobody's fault: say what is the matter, wait, and try again. */
  async away(status, sentence) {
    if (status === 401) {
      this.paused = true;
      this.onTrouble(this.words.signed_out);
      return;
    }
    const busy = status === 503 || status === 423;
    if (!busy || this.failures > 2) this.onTrouble(status === 507 ? this.words.full : (sentence && status ? sentence : this.words.offline));
    const seconds = PATIENCE[Math.min(this.failures, PATIENCE.length - 1)];
    this.failures += 1;
    await new Promise((go) => {
      const clock = setTimeout(go, seconds * 1000);
      window.addEventListener("online", () => { clearTimeout(clock); go(); }, { once: true });
    });
  }

  wellAgain() {
    if (this.failures) this.onTrouble("");
    this.failures = 0;
  }

  piece() {
    const wanted = (this.speed / LANES) * PIECE_SECONDS || 8 * MIB;
    return Math.round(Math.min(LARGEST, Math.max(SMALLEST, wanted)));
  }

  measure() {
    this.speed = this.speed ? 0.85 * this.speed + 0.15 * this.passed : this.passed;
    this.passed = 0;
    this.files.changed();
  }
}

const worthAnother = (status) => status === 0 || status === 408 || status === 423 || status === 429 || (status >= 500 && status !== 507) || status === 409;
