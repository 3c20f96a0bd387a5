"""How much a program may ask in a minute: counted by key, so that a loop gone wild stops nobody else."""

import hashlib

from flask import Flask
from flask_limiter import Limiter
from flask_limiter.util import get_remote_address

from dam.web.session import current_actor, is_signed_in, token_given

READS = "600 per minute"
WRITES = "120 per minute"
SAFE = ["GET", "HEAD", "OPTIONS"]
UNSAFE = ["POST", "PUT", "PATCH", "DELETE"]


def set_up(app: Flask) -> None:
    """Limit every view of the interface. The document itself is counted by address."""
    limiter: Limiter = next(iter(app.extensions["limiter"]))
    for endpoint, view in list(app.view_functions.items()):
        if endpoint.startswith("api."):
            limited = limiter.shared_limit(READS, "api.read", key_func=_who, methods=SAFE)(view)
            limited = limiter.shared_limit(WRITES, "api.write", key_func=_who, methods=UNSAFE)(limited)
            app.view_functions[endpoint] = limited


def _who() -> str:
    token = token_given()
    if token:
        return hashlib.sha256(token.encode("utf-8", "replace")).hexdigest()[:32]
    return f"user-{current_actor().user_id}" if is_signed_in() else get_remote_address()
