"""Addresses that are secrets themselves, and how a log names them."""

import logging
import re

SECRET = re.compile(r"(/(?:l|liga|canal|tus)/)[^/?\s]+")


def told(address: str) -> str:
    """``/l/…/bajar/812/web``: whoever reads the log cannot open it."""
    return SECRET.sub(r"\1…", address)


def keep_out_of(logger: logging.Logger) -> None:
    """Addresses in what this logger writes are ``told``, whoever hands them over."""
    logger.addFilter(_tell)


def _tell(record: logging.LogRecord) -> bool:
    if isinstance(record.args, tuple):
        record.args = tuple(told(one) if isinstance(one, str) else one for one in record.args)
    return True
