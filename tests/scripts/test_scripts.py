"""The commands a person types: POSIX shell, executable, and honest about what they may not do."""

import os
import shutil
import stat
import subprocess
from pathlib import Path

import pytest

from dam.settings import ROOT

SCRIPT = ROOT / "script"
COMMANDS = sorted(path for path in SCRIPT.iterdir() if path.is_file())
PARTS = sorted((SCRIPT / "setup.d").iterdir())


def shell(*lines: str, path: str | None = None, cwd: Path = ROOT) -> subprocess.CompletedProcess[str]:
    """Run lines after reading the parts of script/setup, as script/setup does."""
    parts = "".join(f". {part}\n" for part in PARTS)
    environment = {**os.environ, **({"PATH": path} if path else {})}
    return subprocess.run(
        ["/bin/sh", "-c", "set -eu\n" + parts + "\n".join(lines)],
        cwd=cwd, env=environment, capture_output=True, text=True, check=False,
    )  # fmt: skip


@pytest.fixture
def bare(tmp_path) -> Path:
    """A folder of programs to be the whole PATH: the shell's own tools, and no apt, sudo, node or ffmpeg."""
    for name in ("sort", "tr", "id", "cat", "find", "sha256sum", "cut", "sh", "env"):
        (tmp_path / name).symlink_to(str(shutil.which(name)))
    return tmp_path


def pretend(folder: Path, name: str, body: str) -> None:
    (folder / name).unlink(missing_ok=True)
    (folder / name).write_text(f"#!/bin/sh\n{body}\n")
    (folder / name).chmod(0o755)


@pytest.mark.parametrize("script", [*COMMANDS, *PARTS], ids=lambda path: path.name)
def test_a_script_is_posix_shell(script):
    assert script in PARTS or script.read_text().startswith("#!/bin/sh\n")
    subprocess.run(["dash", "-n", str(script)], check=True)


@pytest.mark.parametrize("script", [*COMMANDS, ROOT / ".ci" / "run"], ids=lambda path: path.name)
def test_a_command_can_be_run(script):
    assert stat.S_IMODE(script.stat().st_mode) & 0o111 == 0o111


def test_only_what_is_missing_is_installed(bare):
    pretend(bare, "ffmpeg", "exit 0")
    told = shell("missing_programs ffmpeg=ffmpeg ffprobe=ffmpeg exiftool=perl-thing", path=str(bare))
    assert told.stdout.split() == ["ffmpeg", "perl-thing"]


def test_without_rights_it_says_which_packages_and_which_command_and_stops(bare):
    pretend(bare, "id", "echo 1000")
    pretend(bare, "apt-get", "echo apt was called >&2; exit 0")
    told = shell("install_packages ffmpeg redis-server", "echo went on", path=str(bare))
    assert told.returncode == 1
    assert "apt-get update && apt-get install --no-install-recommends ffmpeg redis-server" in told.stderr
    assert "apt was called" not in told.stderr
    assert "went on" not in told.stdout


def test_on_a_system_without_apt_it_names_what_is_missing_and_stops(bare):
    told = shell("install_packages ffmpeg", path=str(bare))
    assert told.returncode == 1
    assert "ffmpeg" in told.stderr


def test_nothing_missing_asks_for_no_rights(bare):
    pretend(bare, "id", "echo 1000")
    assert shell("install_packages $(missing_programs cat=coreutils)", path=str(bare)).returncode == 0


def test_a_folder_has_another_digest_when_a_file_in_it_changed_or_was_renamed(tmp_path):
    def digest() -> str:
        return shell("digest_of one two", cwd=tmp_path).stdout

    (tmp_path / "one").mkdir()
    (tmp_path / "one" / "a").write_text("a")
    (tmp_path / "two").write_text("b")
    first = digest()
    assert digest() == first
    (tmp_path / "one" / "a").write_text("A")
    second = digest()
    (tmp_path / "one" / "a").rename(tmp_path / "one" / "b")
    assert len({first, second, digest()}) == 3


def test_requirements_are_installed_once_for_each_content(tmp_path):
    (tmp_path / ".venv" / "bin").mkdir(parents=True)
    pip = 'case "$1" in -m) echo pip >>calls;; *) echo Python 3.12.0;; esac'
    pretend(tmp_path / ".venv" / "bin", "python", pip)
    wish = tmp_path / "requirements.txt"
    for content in ("a==1\n", "a==1\n", "a==2\n"):
        wish.write_text(content)
        assert shell("install_requirements requirements.txt requirements", cwd=tmp_path).returncode == 0
    assert (tmp_path / "calls").read_text().split() == ["pip", "pip"]


def test_a_refused_requirement_is_tried_again_next_time(tmp_path):
    (tmp_path / ".venv" / "bin").mkdir(parents=True)
    pretend(tmp_path / ".venv" / "bin", "python", 'case "$1" in -m) exit 1;; *) echo Python 3.12.0;; esac')
    (tmp_path / "requirements.txt").write_text("a==1\n")
    assert shell("install_requirements requirements.txt requirements", cwd=tmp_path).returncode == 1
    assert not (tmp_path / ".venv" / ".requirements").exists()


def test_the_command_line_takes_paths_from_where_one_stands(tmp_path):
    (tmp_path / "dam").mkdir()  # a folder that is no program of ours
    told = subprocess.run(
        [SCRIPT / "dam", "--help"], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert told.returncode == 0
    assert "Commands:" in told.stdout
