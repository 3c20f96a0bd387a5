"""/healthz: does the archive serve? For the supervisor, a proxy, a monitor; it names no secrets."""

from flask import Blueprint, Response, jsonify

from dam.services import status
from dam.web.doors import public
from dam.web.session import archive

bp = Blueprint("health", __name__)


@bp.get("/healthz")
@public
def healthz() -> tuple[Response, int]:
    """200 ``{"status": "ok", "parts": {"database": true, …}}``; 503 when the database or a store is away."""
    parts = status.serving(archive())
    well = all(parts.values())
    return jsonify(status="ok" if well else "failing", parts=parts), 200 if well else 503
