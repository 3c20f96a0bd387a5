"""/api/v1: the archive for programs. Stable; docs/api.md tells it with examples."""

from flask import Blueprint

from dam.web.api import assets, batches, collections, describing, document, events
from dam.web.api.contract import check_body
from dam.web.api.limits import set_up

bp = Blueprint("api", __name__, url_prefix="/api/v1")
bp.before_request(check_body)
for room in (document, assets, events, batches, describing, collections):
    room.open_in(bp)

__all__ = ["bp", "set_up"]
