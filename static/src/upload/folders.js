// Chromium lets a page keep a folder's handle: after a reload one press is enough. One small entry a batch.

const MONTH = 30 * 86400 * 1000;
const MOST = 200; // loose files are remembered up to here; a card is one folder

function store() {
  return new Promise((resolve, reject) => {
    const asked = indexedDB.open("acervo-upload", 1);
    asked.onupgradeneeded = () => asked.result.createObjectStore("folders");
    asked.onsuccess = () => resolve(asked.result);
    asked.onerror = () => reject(asked.error);
  });
}

async function within(mode, act) {
  const base = await store();
  try {
    return await new Promise((resolve, reject) => {
      const turn = base.transaction("folders", mode);
      const asked = act(turn.objectStore("folders"));
      turn.oncomplete = () => resolve(asked?.result);
      turn.onerror = () => reject(turn.error);
      turn.onabort = () => reject(turn.error);
    });
  } finally {
    base.close();
  }
}

/** Keeps the handles for this batch, beside those kept before. Without it nothing is lost but a press. */
export async function remember(batch, handles) {
  if (!handles.length || handles.length > MOST) return;
  try {
    const before = (await recall(batch)) ?? [];
    const new_ = [];
    for (const handle of handles) {
      const same = await Promise.all(before.map((kept) => kept.isSameEntry(handle)));
      if (!same.includes(true)) new_.push(handle);
    }
    await within("readwrite", (folders) => folders.put({ handles: [...before, ...new_].slice(-MOST), at: Date.now() }, batch));
  } catch (error) {
    console.warn("the folder is not remembered:", error);
  }
}

/** The handles kept for this batch, or null. */
export async function recall(batch) {
  if (!globalThis.FileSystemHandle) return null;
  try {
    return (await within("readonly", (folders) => folders.get(batch)))?.handles ?? null;
  } catch {
    return null;
  }
}

/** Forgets this batch, and any older than a month. */
export async function forget(batch) {
  if (!globalThis.FileSystemHandle) return;
  try {
    await within("readwrite", (folders) => {
      const each = folders.openCursor();
      each.onsuccess = () => {
        const at = each.result;
        if (!at) return;
        if (at.key === batch || at.value.at < Date.now() - MONTH) at.delete();
        at.continue();
      };
      return null;
    });
  } catch (error) {
    console.warn("a folder is remembered too long:", error);
  }
}

/** Asks for leave to read what was kept; call it in a press. */
export async function allowed(handles) {
  for (const handle of handles) {
    const now = await handle.queryPermission?.({ mode: "read" });
    if (now === "granted") continue;
    if ((await handle.requestPermission?.({ mode: "read" })) !== "granted") return false;
  }
  return true;
}
