// What a file is by its name, only to choose an order: the archive looks inside.

const JPEG = new Set(["jpg", "jpeg", "jpe"]);
const PICTURES = new Set(["png", "heic", "heif", "hif", "webp", "avif", "tif", "tiff", "gif", "bmp", "psd", "psb", "jp2", "j2k", "jpf"]);
const RAW = new Set(["arw", "cr2", "cr3", "crw", "dng", "erf", "mrw", "nef", "nrw", "orf", "pef", "raf", "raw", "rw2", "srw", "3fr", "iiq"]);
const CLIPS = new Set(["mp4", "mov", "m4v", "avi", "mts", "m2ts", "mxf", "mkv", "webm", "3gp", "mpg", "mpeg", "wmv", "dv", "insv"]);
const SOUNDS = new Set(["wav", "mp3", "m4a", "aac", "ogg", "opus", "flac", "amr", "wma", "aif", "aiff"]);
const DOCUMENTS = new Set(["pdf", "ai", "indd", "eps", "svg"]);
const JUNK = new Set([".ds_store", "thumbs.db", "desktop.ini", ".spotlight-v100", ".trashes", ".fseventsd", "__macosx", ".temporaryitems", "ehthumbs.db"]);

const ending = (path) => path.slice(path.lastIndexOf(".") + 1).toLowerCase();

/** JPEG 0, other pictures 1, RAW 2, the rest 3, clips 4: what can be looked at first goes first. */
export function rank(path) {
  const end = ending(path);
  if (JPEG.has(end)) return 0;
  if (PICTURES.has(end)) return 1;
  if (RAW.has(end)) return 2;
  return CLIPS.has(end) ? 4 : 3;
}

export const RANKS = 5;
export const kind = (path) => {
  const end = ending(path);
  if (SOUNDS.has(end)) return "sounds";
  if (DOCUMENTS.has(end)) return "documents";
  return ["photos", "photos", "photos", "others", "clips"][rank(path)];
};

/** The part of the path that a file manager left behind (.DS_Store, Thumbs.db, ._IMG, __MACOSX), or null. */
export function junk(path) {
  return path.split("/").find((name) => name.startsWith("._") || JUNK.has(name.toLowerCase())) ?? null;
}
