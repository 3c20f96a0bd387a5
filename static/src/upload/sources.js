// Where files come from: dropped, picked, or a folder remembered. Nothing is opened before its turn; a file is
// told as {path, size, modified, source}, where source is the browser's own small handle.

/** What lies in a drop: `roots` to read now, and a promise of `handles` that can be kept for another day (Chromium).
 * Call it in the drop event itself: afterwards the browser forgets.
 *
 * Entries are read rather than handles, for a handle passes over names that Windows would not like ("Foto: 1.jpg")
 * without a word, and a photo that is not listed is a photo that is lost. */
export function dropped(transfer) {
  const items = [...transfer.items].filter((item) => item.kind === "file");
  const handles = items.map((item) => item.getAsFileSystemHandle?.().catch(() => null));
  const roots = items.map((item) => item.webkitGetAsEntry?.() ?? item.getAsFile()).filter(Boolean);
  return { roots, handles: Promise.all(handles).then((kept) => kept.filter(Boolean)) };
}

/** Every file below the roots, in the order of their names. */
export async function* walk(roots) {
  for (const root of roots) {
    if (!root) continue;
    if (root instanceof File) yield told(root.webkitRelativePath || root.name, root, root);
    else if (globalThis.FileSystemHandle && root instanceof FileSystemHandle) yield* walkHandle(root, "");
    else yield* walkEntry(root);
  }
}

/** The file itself, as it is now. Throws when the card is gone. */
export function open(source) {
  if (source instanceof File) return Promise.resolve(source);
  if (source.getFile) return source.getFile();
  return new Promise((resolve, reject) => source.file(resolve, reject));
}

async function* walkHandle(handle, above) {
  const path = above + handle.name;
  if (handle.kind === "file") {
    yield await look(path, handle);
    return;
  }
  const inside = [];
  for await (const child of handle.values()) inside.push(child);
  inside.sort(byName);
  for (const child of inside) yield* walkHandle(child, `${path}/`);
}

async function* walkEntry(entry) {
  const path = entry.fullPath.replace(/^\//, "");
  if (entry.isFile) {
    yield await look(path, entry);
    return;
  }
  const reader = entry.createReader();
  const inside = [];
  for (;;) {
    const some = await new Promise((resolve, reject) => reader.readEntries(resolve, reject)); // 100 at a time
    if (!some.length) break;
    inside.push(...some);
  }
  inside.sort(byName);
  for (const child of inside) yield* walkEntry(child);
}

async function look(path, source) {
  try {
    return told(path, await open(source), source);
  } catch {
    return { path, size: 0, modified: 0, source, unreadable: true };
  }
}

const told = (path, file, source) => ({ path, size: file.size, modified: file.lastModified, source });
const byName = (one, other) => (one.name < other.name ? -1 : 1);
