"""``python -m dam.cli``."""

from dam.cli.main import run

run()
