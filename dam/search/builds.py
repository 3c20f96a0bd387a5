"""Where an index lies: each build in its own folder, and a small file that names the current one.

The folder belongs to the archive's account and to nobody else: a Whoosh index is a pickle, so opening one
that others could write to would run their code.
"""

import contextlib
import os
import secrets
import shutil
import stat
from pathlib import Path

from dam.search.index import IndexDamaged

FORMAT = "2"  # counts up when what is indexed changes shape: older builds are rebuilt
POINTER = "current"
DAMAGED = "damaged"  # a file in a build in which a reader found damage


class Builds:
    """The builds in ``folder``, of which at most one is current."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def current(self) -> Path:
        """The build to read. Raises IndexDamaged when there is none."""
        try:
            name = (self.folder / POINTER).read_text("ascii").strip()
        except FileNotFoundError as error:
            raise IndexDamaged("There is no search index yet.") from error
        except (OSError, ValueError) as error:
            raise IndexDamaged(f"The search index cannot be read: {error}") from error
        if "/" in name or not name.startswith(f"{FORMAT}-"):
            raise IndexDamaged("The search index was made by another version.")
        return self.folder / name

    def demand_sound(self, build: Path) -> None:
        """Raises IndexDamaged unless ``build`` is ours alone, and nobody found damage in it."""
        _demand_private(self.folder)
        _demand_private(build)
        if (build / DAMAGED).exists():
            raise IndexDamaged("A reader found the search index damaged.")

    def report(self, build: str) -> None:
        """Note for the indexer that ``build`` is damaged in a place where only readers look."""
        with contextlib.suppress(OSError):
            (self.folder / build / DAMAGED).touch()

    def begin(self) -> Path:
        """A new empty build, not current yet; what earlier attempts left behind is removed."""
        self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        self.folder.chmod(0o700)
        _demand_private(self.folder)
        self._sweep()
        build = self.folder / f"{FORMAT}-{secrets.token_hex(4)}"
        build.mkdir(mode=0o700)
        return build

    def promote(self, build: Path) -> None:
        """Make ``build`` the current one, all at once, and remove the others."""
        beside = self.folder / f"{POINTER}.new"
        with beside.open("w", encoding="ascii") as pointer:
            pointer.write(build.name)
            pointer.flush()
            os.fsync(pointer.fileno())
        beside.rename(self.folder / POINTER)
        self._sweep()

    def discard(self, build: Path) -> None:
        shutil.rmtree(build, ignore_errors=True)

    def _sweep(self) -> None:
        pointer = self.folder / POINTER
        kept = pointer.read_text("ascii", errors="replace").strip() if pointer.is_file() else None
        for entry in self.folder.iterdir():
            if entry.name == kept or not entry.name.partition("-")[0].isdigit():
                continue
            if entry.is_dir() and not entry.is_symlink():
                shutil.rmtree(entry, ignore_errors=True)


def _demand_private(folder: Path) -> None:
    """Raises IndexDamaged unless ``folder`` and what lies in it is ours, and only ours to enter."""
    try:
        found = folder.lstat()
        owners = {entry.stat(follow_symlinks=False).st_uid for entry in os.scandir(folder)} | {found.st_uid}
    except OSError as error:
        raise IndexDamaged(f"The search index cannot be read: {error}") from error
    if not stat.S_ISDIR(found.st_mode) or owners != {os.geteuid()}:
        raise IndexDamaged(f"{folder} belongs to another account; it is not opened.")
    if found.st_mode & 0o077:
        raise IndexDamaged(f"Other accounts can enter {folder}; it is not opened.")
