// To the system's share sheet, with caption and credit on the clipboard. Only where the page has HTTPS.
import { $, $$ } from "../page.js";
import { toast } from "../toast.js";

const PROBE = typeof File === "function" ? new File([new Uint8Array(1)], "a.jpg", { type: "image/jpeg" }) : null;
const sharesFiles = () => Boolean(isSecureContext && PROBE && navigator.canShare?.({ files: [PROBE] }));

export async function copy(text) {
  if (!isSecureContext || !navigator.clipboard) return false;
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    return false;
  }
}

/** Shows the buttons that this browser can serve, and wires them; once for a page. */
export function wireSharing(root = document) {
  document.documentElement.classList.toggle("can-share-files", sharesFiles());
  if (sharesFiles()) for (const button of $$("[data-share-file]", root)) button.hidden = false;
  if (isSecureContext && navigator.clipboard) for (const button of $$("[data-copy-text]", root)) button.hidden = false;
}

export function listenForSharing() {
  document.addEventListener("click", async (event) => {
    const copies = event.target.closest("[data-copy-text]");
    if (copies && (await copy(copies.dataset.copyText))) toast(said("copied", copies));
    const shares = event.target.closest("[data-share-file]");
    if (shares) share(shares);
  });
}

const said = (name, button) => button.dataset[name] ?? $("[data-share-list]")?.dataset[name] ?? "";

async function share(button) {
  button.disabled = true;
  try {
    const { text, shareFile } = button.dataset;
    if (text && (await copy(text))) toast(said("copied", button));
    let answer = await fetch(shareFile);
    while (answer.status === 202) { // it is being made
      await new Promise((again) => setTimeout(again, 1000 * Number(answer.headers.get("Retry-After") || 3)));
      answer = await fetch(shareFile, { headers: { Accept: "application/json" } });
    }
    if (!answer.ok) throw new Error(said("failed", button));
    const blob = await answer.blob();
    const name = /filename="([^"]+)"/.exec(answer.headers.get("Content-Disposition") ?? "")?.[1] ?? "foto.jpg";
    await navigator.share({ files: [new File([blob], name, { type: blob.type })], text });
  } catch (error) {
    if (error.name !== "AbortError") toast(error.message || said("failed", button), { kind: "bad" });
  } finally {
    button.disabled = false;
  }
}
