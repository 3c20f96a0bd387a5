import os
from collections.abc import Callable
from pathlib import Path

import pytest
from PIL import Image

from dam.media.reasons import Unreadable
from dam.media.recipes import standing
from dam.media.sandbox import Sandbox
from dam.media.visit import Visit

ROOT = Path(__file__).resolve().parents[2]
CORPUS = Path(os.environ.get("DAM_CORPUS") or ROOT.parent / "shared" / "corpus")

Look = Callable[[Path], Visit]


@pytest.fixture
def into(tmp_path: Path) -> Path:
    folder = tmp_path / "made"
    folder.mkdir()
    return folder


@pytest.fixture
def look(sandbox: Sandbox, into: Path) -> Look:
    """Visit a file with every standing recipe of its kind."""

    def _look(path: Path) -> Visit:
        return sandbox.visit(path, standing(), into, name=path.name)

    return _look


@pytest.fixture
def alone(sandbox: Sandbox, tmp_path: Path) -> int:
    """Bytes at the peak of a child whose picture is of no size: what else the warm parent has loaded."""
    (tmp_path / "alone").mkdir()
    Image.new("RGB", (64, 64), "gray").save(tmp_path / "alone" / "small.jpg")
    return sandbox.visit(tmp_path / "alone" / "small.jpg", (), tmp_path / "alone").usage.peak_bytes


@pytest.fixture
def refusal(look: Look, into: Path) -> Callable[[Path], Unreadable]:
    """The reason a file is not shown; fails when it is, or when anything is left behind."""

    def _refusal(path: Path) -> Unreadable:
        with pytest.raises(Unreadable) as refused:
            look(path)
        assert list(into.iterdir()) == []
        return refused.value

    return _refusal
