"""``python -m dam.cli``."""

import gc

gc.disable()  # looking for garbage is a tenth of a command's start, which leaves none

from dam.cli.main import run  # noqa: E402

run()
