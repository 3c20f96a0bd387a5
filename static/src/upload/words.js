// Numbers and sentences as people say them. Sentences come from the template, one for one and one for many.
import { fill } from "../page.js";

const language = document.documentElement.lang || "es-MX";
const plain = new Intl.NumberFormat(language);
const share = new Intl.NumberFormat(language, { style: "percent" });
const UNITS = ["B", "kB", "MB", "GB", "TB"];

export const number = (n) => plain.format(n);
export const percent = (part) => share.format(part);

/** Picks the sentence for `n` from [one, many] and fills it. */
export function count(sentences, n, more = {}) {
  return fill(sentences[n === 1 ? 0 : 1], { n: number(n), ...more });
}

/** 12.4 GB, in steps of 1,000 as disks are sold. */
export function size(bytes) {
  let step = 0;
  while (bytes >= 1000 && step < UNITS.length - 1) {
    bytes /= 1000;
    step += 1;
  }
  const digits = step < 2 || bytes >= 100 ? 0 : 1;
  return `${new Intl.NumberFormat(language, { maximumFractionDigits: digits }).format(bytes)} ${UNITS[step]}`;
}

/** About how long, never more exact than it is known. */
export function time(seconds, words) {
  const minutes = Math.max(1, Math.round(seconds / 60));
  if (minutes < 90) return fill(words.minutes, { n: number(minutes) });
  return fill(words.hours, { n: number(Math.floor(minutes / 60)), m: number(minutes % 60) });
}
