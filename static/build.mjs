// Bundles every file of static/src/pages into static/built, with hashed names and a manifest.
// What several pages import is shared, so that a toast is one toast. Run by script/build-frontend.
import { build } from "esbuild";
import { readdirSync, readFileSync, rmSync, renameSync, writeFileSync, existsSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const here = dirname(fileURLToPath(import.meta.url));
const pages = join(here, "src", "pages");
const built = join(here, "built");
const entries = readdirSync(pages).filter((name) => /\.(js|css)$/.test(name)).map((name) => join(pages, name));

const result = await build({
  entryPoints: entries,
  outdir: built,
  bundle: true,
  splitting: true,
  format: "esm",
  target: ["es2022", "chrome109", "firefox121", "safari16.4"],
  minify: !process.argv.includes("--plain"),
  sourcemap: false,
  metafile: true,
  legalComments: "none",
  entryNames: "[name]-[hash]",
  chunkNames: "chunk-[hash]",
  assetNames: "[name]-[hash]",
  loader: { ".svg": "file", ".png": "file", ".webp": "file", ".woff2": "file" },
  logLevel: "warning",
});

const manifest = {};
for (const [output, facts] of Object.entries(result.metafile.outputs)) {
  if (facts.entryPoint) manifest[basename(facts.entryPoint)] = basename(output);
}
// The manifest is replaced in one step; files of the build before stay until the next, for open pages.
const written = join(built, "manifest.json");
const current = new Set(Object.keys(result.metafile.outputs).map((output) => basename(output)));
writeFileSync(written + ".new", JSON.stringify(manifest, null, 1));
const kept = join(built, "kept.json");
const before = new Set(existsSync(kept) ? JSON.parse(readFileSync(kept, "utf8")) : []);
renameSync(written + ".new", written);
for (const name of readdirSync(built)) {
  const ours = /-[A-Z0-9]{8}\.\w+$/.test(name);
  if (ours && !current.has(name) && !before.has(name)) rmSync(join(built, name));
}
writeFileSync(kept, JSON.stringify([...current]));
