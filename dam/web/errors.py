"""One table turns refusals into statuses; a page for people, JSON for programs and fetch."""

import logging
import secrets
from typing import Any

from flask import (
    Flask,
    Response,
    current_app,
    jsonify,
    make_response,
    redirect,
    render_template,
    request,
    url_for,
)
from flask_babel import gettext
from sqlalchemy.exc import InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from werkzeug.exceptions import HTTPException
from werkzeug.wrappers import Response as AnyResponse

from dam import errors
from dam.errors import DamError
from dam.web.addresses import told
from dam.web.doors import Kind, door_of
from dam.web.session import forget_who_asks
from storage import StoreError

log = logging.getLogger(__name__)

# The first that fits decides: subclasses come before the class they belong to.
STATUSES: list[tuple[type[Exception], int]] = [
    (errors.NotFound, 404),
    (errors.Ambiguous, 409),
    (errors.Invalid, 400),
    (errors.Conflict, 409),
    (errors.Forbidden, 403),
    (errors.NotSignedIn, 401),
    (errors.StoreFull, 507),
    (errors.DoesNotFit, 409),
    (errors.Unavailable, 503),
    (StoreError, 503),
    (DamError, 400),
]


def status_of(error: Exception) -> int:
    """The HTTP status of a refusal; 500 for what is none."""
    return next((status for kind, status in STATUSES if isinstance(error, kind)), 500)


def sentence_of(error: DamError) -> str:
    """What the reader is told, in their language."""
    said = gettext(error.template)
    return said % error.detail if "%(" in error.template else said


def wants_json() -> bool:
    """Programs and our own fetch calls get JSON; whoever opens a page gets a page."""
    if request.path.startswith("/api/") or request.headers.get("X-Requested-With") == "fetch":
        return True
    mark = door_of(current_app.view_functions[request.endpoint]) if request.endpoint else None
    if mark is not None and mark.kind == Kind.API:
        return True
    accepted = request.accept_mimetypes
    return accepted.best_match(["text/html", "application/json"]) == "application/json"


def set_up(app: Flask) -> None:
    app.register_error_handler(DamError, _refused)
    app.register_error_handler(StoreError, _store_failed)
    for failure in (OperationalError, InterfaceError, PoolTimeout):
        app.register_error_handler(failure, _database_failed)
    app.register_error_handler(HTTPException, _http)
    app.register_error_handler(Exception, _unforeseen)


def answer(status: int, code: str, message: str, detail: dict[str, Any] | None = None) -> Response:
    """The refusal in the form its reader can use. JSON: ``{"error": code, "message": …, "detail": …}``."""
    if wants_json():
        said: Response = jsonify(error=code, message=message, detail=detail or {})
    else:
        page = render_template("errors/refusal.html", message=message, detail=detail or {})
        said = make_response(page)
    said.status_code = status
    if status == 401:
        said.headers["WWW-Authenticate"] = "Bearer"
    if status == 503:
        said.headers["Retry-After"] = "10"
    return said


def _refused(error: DamError) -> AnyResponse:
    status = status_of(error)
    log.log(
        logging.ERROR if status >= 500 else logging.INFO,
        "%s %s: %s %s: %s", request.method, told(request.path), status, error.code, error,
    )  # fmt: skip
    if status == 401 and not wants_json():
        return _to_sign_in()
    return answer(status, error.code, sentence_of(error), _plain(error.detail))


def _to_sign_in() -> AnyResponse:
    wanted = request.full_path.rstrip("?") if request.method == "GET" else None
    return redirect(url_for("sessions.enter", next=None if wanted == "/" else wanted))


def _store_failed(error: StoreError) -> Response:
    log.error("%s %s: the store failed: %s", request.method, told(request.path), error)
    return answer(503, "unavailable", gettext("The store of files does not answer. Nothing was changed."))


def _database_failed(error: Exception) -> Response:
    log.error("%s %s: the database failed: %s", request.method, told(request.path), error)
    forget_who_asks()  # the page that says so must not ask the database who reads it
    said = gettext("The database does not answer. What was received before is safe. Try again in a moment.")
    return answer(503, "unavailable", said)


def _http(error: HTTPException) -> AnyResponse:
    if error.response is not None or error.code is None or error.code < 400:
        return error.get_response()  # type: ignore[return-value]
    log.info("%s %s: %s %s", request.method, told(request.path), error.code, error.description)
    said = answer(error.code, HTTP_CODES.get(error.code, "error"), _http_sentence(error.code))
    for name, value in error.get_headers():
        if name.lower() in ("allow", "retry-after", "content-range"):
            said.headers[name] = value
    return said


HTTP_CODES = {
    400: "invalid", 401: "not_signed_in", 403: "forbidden", 404: "not_found", 405: "wrong_method",
    409: "conflict", 410: "gone", 413: "too_large", 415: "wrong_type", 416: "wrong_range", 429: "too_many",
}  # fmt: skip


def _http_sentence(status: int) -> str:
    match status:
        case 404 | 410:
            return gettext("There is nothing at this address.")
        case 405:
            return gettext("This address does not work in that way.")
        case 413:
            return gettext("This is larger than the archive takes at once.")
        case 416:
            return gettext("There is no such part of the file.")
        case 429:
            return gettext("Too many attempts. Wait some minutes and try again.")
    return gettext("The request could not be understood. Go back, load the page again and repeat it.")


def _unforeseen(error: Exception) -> Response:
    number = secrets.token_hex(4)
    log.exception("%s %s failed [%s]", request.method, told(request.path), number, exc_info=error)
    said = gettext(
        "Something broke inside. What was already received is safe. Tell the administrator this number:"
    )
    return answer(500, "broken", said, {"number": number})


def _plain(detail: dict[str, object]) -> dict[str, Any]:
    return {key: value if isinstance(value, (str, int, float, list, dict, bool)) else str(value)
            for key, value in detail.items() if value is not None}  # fmt: skip
