// All files of the batch, here and in the archive: one small record each, counted as they change.
// record: {path, size, modified, source, state, sent, item, asset, reason, upload, ends, known}

import { rank } from "./kinds.js";

const WITH_US = new Set(["waiting", "checking", "sending", "unreadable", "refused"]);
const ARRIVED = new Set(["received", "working", "ready", "duplicate", "attached", "quarantined", "waits"]);
const USABLE = new Set(["ready", "duplicate", "attached"]);
const PROBLEMS = new Set(["unreadable", "refused", "quarantined", "failed"]);

export const isProblem = (record) => PROBLEMS.has(record.state);
export const isUsable = (record) => USABLE.has(record.state);

export class Files {
  constructor() {
    this.records = [];
    this.bytes = 0; // of all
    this.arrivedBytes = 0;
    this.expected = 0; // as the archive was told, in files
    this.expectedBytes = 0;
    this.inOrder = true;
    this.counts = new Map();
    this.changed = () => {};
    this.byPath = new Map();
    this.byItem = new Map();
  }

  count(...states) {
    return states.reduce((sum, state) => sum + (this.counts.get(state) ?? 0), 0);
  }

  get total() { return Math.max(this.records.length, this.expected); }
  get arrived() { return this.count(...ARRIVED); }
  get usable() { return this.count(...USABLE); }
  get problems() { return this.count(...PROBLEMS); }
  get preparing() { return this.count("received", "working"); }
  get toSend() { return this.count("waiting", "checking", "sending"); }
  /** Files the archive does not have and never said no to. */
  get missing() { return this.total - this.arrived - this.count("failed", "refused"); }

  /** In the order they are sent. */
  sorted() {
    if (!this.inOrder) this.records.sort((one, other) => rank(one.path) - rank(other.path) || (one.path < other.path ? -1 : 1));
    this.inOrder = true;
    return this.records;
  }

  /** A file found on this machine. Answers its record when it has to be sent or compared, null when it is in the list. */
  add({ path, size, modified, source, unreadable }) {
    const before = this.byPath.get(path);
    if (before) {
      const waits = before.source && WITH_US.has(before.state) && before.state !== "unreadable";
      if (waits && before.size === size && before.modified === modified) return null;
      if (waits && before.state === "sending") return null;
      this.resize(before, size);
      Object.assign(before, { modified, source, known: before.item !== null, sent: 0 });
      this.put(before, unreadable ? "unreadable" : before.known ? "checking" : "waiting");
      return unreadable ? null : before;
    }
    const record = this.enter(path, size);
    Object.assign(record, { modified, source });
    this.put(record, unreadable ? "unreadable" : "waiting");
    return unreadable ? null : record;
  }

  /** What the archive says of one file. */
  hear({ id, path, bytes, outcome, reason, asset, with: goesWith }) {
    let record = this.byItem.get(id);
    if (!record) {
      const same = this.byPath.get(path);
      record = same && same.item === null ? same : this.enter(path, bytes ?? 0);
      record.item = id;
      this.byItem.set(id, record);
    }
    record.asset = asset;
    record.with = goesWith;
    const here = record.source !== null && WITH_US.has(record.state);
    if (outcome === "sending") {
      if (!here) this.put(record, "missing");
    } else if (!(here && outcome === "failed")) {
      record.reason = reason;
      this.put(record, outcome);
    }
  }

  put(record, state) {
    if (record.state !== state) {
      if (record.state) this.counts.set(record.state, this.counts.get(record.state) - 1);
      this.counts.set(state, (this.counts.get(state) ?? 0) + 1);
      const before = ARRIVED.has(record.state);
      if (ARRIVED.has(state) !== before) this.arrivedBytes += before ? -record.size : record.size;
      record.state = state;
    }
    this.changed();
  }

  enter(path, size) {
    const record = { path, size, modified: null, source: null, state: null, sent: 0, item: null, asset: null, reason: "", upload: null, ends: null, known: false };
    this.records.push(record);
    this.inOrder = false;
    this.byPath.set(path, record);
    this.bytes += size;
    return record;
  }

  resize(record, size) {
    if (ARRIVED.has(record.state)) this.arrivedBytes += size - record.size;
    this.bytes += size - record.size;
    record.size = size;
  }
}
