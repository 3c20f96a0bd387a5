"""One archive for all faults of a run: starting it takes longer than most of them."""

import shutil
from pathlib import Path

import pytest

from tests import material
from tests.running import RunningArchive

PHOTOS = 30


@pytest.fixture(scope="session")
def running(tmp_path_factory):
    archive = RunningArchive(tmp_path_factory.mktemp("faults"))
    try:
        archive.start()
        yield archive
    finally:
        archive.close()


@pytest.fixture(scope="session")
def negatives(tmp_path_factory) -> Path:
    """Large enough to keep two workers busy for some seconds."""
    folder = tmp_path_factory.mktemp("negatives")
    for seed in range(3):
        material.photo(folder / f"{seed}.jpg", size=(4000, 3000), seed=seed)
    material.clip(folder / "clip.mp4", seconds=8, size="1280x720")
    return folder


@pytest.fixture
def card(tmp_path, negatives, request) -> Path:
    """Thirty photos, a clip and a torn file that no other test sends: each ends in bytes of its own."""
    folder = tmp_path / "DCIM"
    folder.mkdir()
    mark = request.node.name.encode()
    for number in range(PHOTOS):
        copy = shutil.copyfile(negatives / f"{number % 3}.jpg", folder / f"IMG_{number:04}.jpg")
        with copy.open("ab") as end:
            end.write(b"%s %d" % (mark, number))
    with shutil.copyfile(negatives / "clip.mp4", folder / "CLIP_0001.mp4").open("ab") as end:
        end.write(len(mark + b"12345678").to_bytes(4, "big") + b"free" + mark)  # an empty box at the end
    (folder / "IMG_9999.jpg").write_bytes((negatives / "0.jpg").read_bytes()[:500] + mark)
    return folder
