"""A child that imports a decoder late may read libraries, and nothing else."""

import subprocess
import sys
from pathlib import Path

import pytest

from dam.media import kernel

TRY = """
import os, sys
from dam.media import lockdown
lockdown.lock_photo(lockdown.folders_of_libraries())
import rawpy, pypdfium2
for path in sys.argv[1:]:
    try:
        open(path).close()
        print("opened", path)
    except PermissionError:
        print("refused", path)
try:
    os.execv("/bin/true", ["true"])
except PermissionError:
    print("refused to run")
"""


@pytest.mark.skipif(kernel.landlock_abi() < 1, reason="the kernel has no Landlock")
def test_libraries_can_be_imported_and_no_secret_read(tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text("x")
    ran = subprocess.run(
        [sys.executable, "-c", TRY, str(secret), "/etc/passwd"], capture_output=True, text=True, check=True,
        cwd=Path(__file__).resolve().parents[2], env={"PYTHONPATH": ".", "OPENBLAS_NUM_THREADS": "1"},
    )  # fmt: skip
    assert ran.stdout.splitlines() == [f"refused {secret}", "refused /etc/passwd", "refused to run"]
