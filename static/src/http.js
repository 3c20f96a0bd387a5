// One way to ask the archive. A refusal carries the sentence to show.
import { $ } from "./page.js";

export class Refusal extends Error {
  constructor(status, code, message, detail = {}) {
    super(message);
    Object.assign(this, { status, code, detail });
  }
}

/** What shows that a request comes from our own page. */
export const token = () => $('meta[name="csrf-token"]').content;

/** Parsed JSON of the answer (null when it has none). Throws Refusal, or AbortError when `signal` ends it. */
export async function ask(address, { method = "GET", json, form, headers = {}, signal } = {}) {
  const asked = { method, signal, headers: { Accept: "application/json", "X-Requested-With": "fetch", ...headers } };
  if (method !== "GET" && method !== "HEAD") asked.headers["X-CSRFToken"] = token();
  if (json !== undefined) {
    asked.headers["Content-Type"] = "application/json";
    asked.body = JSON.stringify(json);
  } else if (form !== undefined) {
    asked.body = form instanceof FormData ? form : new URLSearchParams(form);
  }
  let answer;
  try {
    answer = await fetch(address, asked);
  } catch (error) {
    if (error.name === "AbortError") throw error;
    throw new Refusal(0, "away", document.getElementById("toasts").dataset.failed);
  }
  if (answer.status === 401) {
    const here = location.pathname + location.search;
    location.assign(`/entrar?next=${encodeURIComponent(here)}`);
  }
  const said = answer.headers.get("Content-Type")?.includes("json") ? await answer.json() : null;
  if (!answer.ok) {
    const sentence = said?.message ?? document.getElementById("toasts").dataset.failed;
    throw new Refusal(answer.status, said?.error ?? "error", sentence, said?.detail);
  }
  return said;
}
