"""The parts of the upload page that need no browser, run by Node."""

import hashlib
import json
import os
import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
NODE = shutil.which("node") or str(ROOT / ".venv" / "node" / "node")

pytestmark = pytest.mark.skipif(not Path(NODE).exists(), reason="needs Node")


def run(script: str, *given: str) -> object:
    """What ``script``, a module that imports from static/src/upload, prints as JSON."""
    done = subprocess.run(
        [NODE, "--input-type=module", "-e", script, *given],
        cwd=ROOT / "static" / "src" / "upload",
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_our_own_sha256_is_sha256(tmp_path: Path):
    """It serves where a page came without HTTPS and the browser keeps its own to itself."""
    sizes = [0, 1, 55, 56, 57, 63, 64, 65, 119, 120, 1000, 2 * 1024 * 1024]
    for size in sizes:
        (tmp_path / str(size)).write_bytes(os.urandom(size))
    script = """
      import { readFileSync } from "node:fs";
      import { digestOf } from "./sha256.js";
      const [folder, ...sizes] = process.argv.slice(1);
      const read = (size) => new Uint8Array(readFileSync(`${folder}/${size}`));
      console.log(JSON.stringify(sizes.map((size) => Buffer.from(digestOf(read(size))).toString("hex"))));
    """
    found = run(script, str(tmp_path), *map(str, sizes))
    assert found == [hashlib.sha256((tmp_path / str(size)).read_bytes()).hexdigest() for size in sizes]


def test_a_file_is_recognised_by_its_first_and_last_mebibyte(tmp_path: Path):
    mib = 1024 * 1024
    sizes = [0, 5, mib, mib + 7, 2 * mib, 3 * mib + 1]
    script = """
      import { readFileSync } from "node:fs";
      import { endsOf } from "./ends.js";
      const [folder, ...sizes] = process.argv.slice(1);
      const read = (size) => new Blob([readFileSync(`${folder}/${size}`)]);
      console.log(JSON.stringify(await Promise.all(sizes.map((size) => endsOf(read(size))))));
    """
    wanted = []
    for size in sizes:
        data = os.urandom(size)
        (tmp_path / str(size)).write_bytes(data)
        wanted.append(hashlib.sha256(data[:mib] + data[max(mib, size - mib) :]).hexdigest())
    assert run(script, str(tmp_path), *map(str, sizes)) == wanted


def test_jpeg_goes_first_then_other_pictures_raw_the_rest_and_clips_last():
    names = ["C0001.MP4", "notes.txt", "DSC1.ARW", "a.heic", "IMG.JPG", "sin_nombre", "b.Mov"]
    script = """
      import { rank } from "./kinds.js";
      console.log(JSON.stringify(process.argv.slice(1).sort((a, b) => rank(a) - rank(b))));
    """
    found = run(script, *names)
    assert found == ["IMG.JPG", "a.heic", "DSC1.ARW", "notes.txt", "sin_nombre", "C0001.MP4", "b.Mov"]


def test_what_a_file_manager_left_is_known_by_its_name_and_nothing_else_is():
    junk = [
        "DCIM/.DS_Store",
        "._IMG_1.JPG",
        "__MACOSX/IMG_1.JPG",
        "a/Thumbs.db",
        "DESKTOP.INI",
        ".Trashes/1.jpg",
    ]
    good = ["DCIM/IMG_1.JPG", ".hidden.jpg", "a._b.jpg", "Thumbs.db.jpg", "_.jpg"]
    script = """
      import { junk } from "./kinds.js";
      console.log(JSON.stringify(process.argv.slice(1).map((path) => junk(path) !== null)));
    """
    assert run(script, *junk, *good) == [True] * len(junk) + [False] * len(good)


def test_counters_follow_each_file_through_its_states():
    script = """
      import { Files } from "./files.js";
      const files = new Files();
      const source = {};
      const one = files.add({ path: "a.jpg", size: 10, modified: 1, source });
      files.add({ path: "b.jpg", size: 20, modified: 1, source });
      const again = files.add({ path: "a.jpg", size: 10, modified: 1, source });
      files.hear({ id: 7, path: "a.jpg", bytes: 10, outcome: "received", reason: "", asset: 1 });
      files.hear({ id: 8, path: "c.jpg", bytes: 5, outcome: "sending", reason: "", asset: null });
      files.hear({ id: 9, path: "a.jpg", bytes: 10, outcome: "duplicate", reason: "", asset: 1 });
      const { total, arrived, usable, problems, toSend, missing, arrivedBytes, bytes } = files;
      const sums = { total, arrived, usable, problems, toSend, missing, arrivedBytes, bytes };
      console.log(JSON.stringify({ again: again === null, ...sums }));
    """
    assert run(script) == {
        "again": True,
        "total": 4,  # the archive has the same path twice: two items
        "arrived": 2,
        "usable": 1,
        "problems": 0,
        "toSend": 1,
        "missing": 2,
        "arrivedBytes": 20,
        "bytes": 45,
    }
