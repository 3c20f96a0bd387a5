import sys
from pathlib import Path

import pytest

from dam.media import tools
from dam.media.reasons import Reason, Unreadable


def test_what_is_installed_is_named_with_its_version() -> None:
    found = {tool.name: tool for tool in tools.installed()}
    assert set(found) == {"ffmpeg", "ffprobe", "exiftool"}
    assert all(tool.version and tool.path for tool in found.values())


def test_what_is_missing_is_said(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    assert {(tool.version, tool.path) for tool in tools.installed()} == {(None, None)}
    with pytest.raises(Unreadable) as refused:
        tools.need("ffmpeg")
    assert refused.value.reason == Reason.TOOL_MISSING


def test_a_program_that_hangs_is_ended_with_all_it_started(tmp_path: Path) -> None:
    mark = tmp_path / "alive"
    script = f"(sleep 2; touch {mark}) & sleep 60"
    with pytest.raises(Unreadable) as refused:
        tools.run(["sh", "-c", script], seconds=0.3)
    assert refused.value.reason == Reason.TOO_SLOW
    with pytest.raises(Unreadable):
        tools.run(["sleep", "60"], seconds=2.5)
    assert not mark.exists()


def test_a_program_that_talks_without_end_is_ended() -> None:
    with pytest.raises(Unreadable) as refused:
        tools.run(["yes"], seconds=30, most_out=100_000)
    assert refused.value.reason == Reason.DECODER_FAILED


def test_complaints_are_kept_to_their_end() -> None:
    ran = tools.run(
        [sys.executable, "-c", "import sys; sys.stderr.write('x' * 300000 + 'END'); sys.exit(3)"], seconds=30
    )
    assert ran.code == 3 and ran.said.endswith("END") and len(ran.said) <= tools.MOST_SAID


def test_programs_get_no_secret(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DAM_SECRET_KEY", "hush")
    assert b"hush" not in tools.run(["env"], seconds=10).out


def test_a_program_that_is_not_there_is_missing() -> None:
    with pytest.raises(Unreadable) as refused:
        tools.run(["/nonexistent/ffmpeg"], seconds=1)
    assert refused.value.reason == Reason.TOOL_MISSING
