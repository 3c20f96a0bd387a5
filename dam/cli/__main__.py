"""``python -m dam.cli``."""

import gc

gc.set_threshold(100_000)  # looking for garbage is a tenth of the start of a command that leaves none

from dam.cli.main import run  # noqa: E402

run()
