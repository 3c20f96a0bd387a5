"""tus 1.0.0: any client of that protocol can send files in. https://tus.io/protocols/resumable-upload"""

import time
from email.utils import format_datetime
from threading import BoundedSemaphore
from typing import Any

from flask import Blueprint, Response, current_app, request, url_for
from flask.blueprints import BlueprintSetupState
from flask_wtf.csrf import CSRFError
from werkzeug.exceptions import HTTPException

from dam.errors import DamError, Invalid, Unavailable
from dam.services.access import Action
from dam.services.ingest import uploads
from dam.services.ingest.partials import Busy
from dam.services.ingest.upload_meta import CHECKSUMS, read_checksum, read_metadata, write_metadata
from dam.services.ingest.uploads import Arriving
from dam.web.doors import api_door, public
from dam.web.errors import sentence_of, status_of
from dam.web.session import archive, current_actor
from storage import StoreError

bp = Blueprint("uploads", __name__)

VERSION = "1.0.0"
EXTENSIONS = "creation,creation-with-upload,checksum,termination,expiration"
BYTES = "application/offset+octet-stream"
STILL = 30.0  # seconds without a byte after which a sender is gone
SLOWEST = 512  # bytes a second; below it a sender only keeps others from a thread
SLOTS = "upload_slots"
# Statuses that the protocol names; the rest is dam.web.errors' table. 423 is tried again by every client.
STATUSES: list[tuple[type[DamError], int]] = [
    (uploads.ChecksumMismatch, 460),
    (uploads.TooLarge, 413),
    (uploads.Gone, 410),
    (Busy, 423),
]


class WrongVersion(Invalid):
    code = "wrong_version"


@bp.record_once
def _leave_threads(state: BlueprintSetupState) -> None:
    """Senders never take the last threads of a process: pages go on while a hundred cards come in."""
    threads = state.app.extensions["archive"].settings.web_threads
    state.app.extensions[SLOTS] = BoundedSemaphore(max(1, threads - 2))


@bp.route("/tus/", methods=["OPTIONS"], provide_automatic_options=False)
@bp.route("/tus/<token>", methods=["OPTIONS"], provide_automatic_options=False)
@public
def discover(token: str = "") -> Response:
    """What this server speaks."""
    said = Response(status=204)
    said.headers["Tus-Version"] = VERSION
    said.headers["Tus-Extension"] = EXTENSIONS
    said.headers["Tus-Max-Size"] = str(archive().settings.upload_limit)
    said.headers["Tus-Checksum-Algorithm"] = ",".join(CHECKSUMS)
    return said


@bp.route("/tus/", methods=["POST"], provide_automatic_options=False)
@api_door(Action.UPLOAD)
def create() -> Response:
    """Announce a file; its first bytes may come along."""
    _check_version()
    if "Upload-Defer-Length" in request.headers:
        raise Invalid("Say how long the file is: Upload-Length is needed.")
    meta = read_metadata(request.headers.get("Upload-Metadata", ""))
    arriving = uploads.start(archive(), current_actor(), _number("Upload-Length"), meta)
    if request.mimetype == BYTES and not arriving.finished and request.content_length != 0:
        arriving = _append(arriving.token, 0)
    said = _standing(arriving, 201)
    said.headers["Location"] = url_for("uploads.one", token=arriving.token)
    said.headers["Upload-Item"] = str(arriving.item_id)  # ours: which row of the batch this is
    return said


@bp.route("/tus/<token>", methods=["HEAD", "PATCH", "DELETE", "POST"], provide_automatic_options=False)
@api_door(Action.UPLOAD)
def one(token: str) -> Response:
    """Where an upload stands, more bytes for it, or its end."""
    _check_version()
    match _method():
        case "HEAD":
            arriving = uploads.find(archive(), current_actor(), token)
            said = _standing(arriving, 200)
            said.headers["Upload-Length"] = str(arriving.length)
            said.headers["Upload-Metadata"] = write_metadata(arriving.meta)
            return said
        case "PATCH":
            if request.mimetype != BYTES:
                return _refusal(415, f"Bytes are sent as {BYTES}.")
            return _standing(_append(token, _number("Upload-Offset")), 204)
        case "DELETE":
            uploads.cancel(archive(), current_actor(), token)
            return Response(status=204)
    return _refusal(405, "An upload answers to HEAD, PATCH and DELETE.")


def _append(token: str, offset: int) -> Arriving:
    slots: BoundedSemaphore = current_app.extensions[SLOTS]
    if not slots.acquire(blocking=False):
        raise Unavailable("Many files are coming in at this moment; this one goes on shortly.")
    header = request.headers.get("Upload-Checksum")
    try:
        return uploads.append(
            archive(),
            current_actor(),
            token,
            offset,
            _Sender(request.environ),
            announced=request.content_length,
            checksum=read_checksum(header) if header else None,
        )
    finally:
        slots.release()


class _Sender:
    """The body of the request as it comes off the wire, of its announced length or chunked.

    A laptop that fell asleep sends no end: after half a minute without a byte it counts as gone.
    """

    def __init__(self, environ: dict[str, Any]) -> None:
        self._body = environ["wsgi.input"]
        length = environ.get("CONTENT_LENGTH")
        self._left = int(length) if length else None
        if self._left is None and not environ.get("wsgi.input_terminated"):
            self._left = 0
        self._since = time.monotonic()
        self._came = 0
        if wire := environ.get("gunicorn.socket"):
            wire.settimeout(STILL)

    def read(self, size: int) -> bytes:
        if self._left is not None:
            size = min(size, self._left)
        if size == 0:
            return b""
        waited = time.monotonic() - self._since
        if waited > STILL and self._came < waited * SLOWEST:
            raise uploads.Cut("too slow")
        try:
            piece: bytes = self._body.read(size)
        except OSError as error:  # reset, timed out, or a chunk that never ended
            raise uploads.Cut(str(error)) from error
        if self._left is not None:
            if not piece:
                raise uploads.Cut("the connection ended early")
            self._left -= len(piece)
        self._came += len(piece)
        return piece


def _method() -> str:
    """Clients behind old proxies say what they mean in a header. What is safe stays safe: whatever changes
    something asks for a form token."""
    meant = request.headers.get("X-HTTP-Method-Override", request.method).upper()
    if request.method == "HEAD" and meant != "HEAD":
        raise Invalid("A HEAD request changes nothing.")
    return meant


def _check_version() -> None:
    if request.headers.get("Tus-Resumable") != VERSION:
        raise WrongVersion("This server speaks tus %(version)s.", version=VERSION)


def _number(header: str) -> int:
    given = request.headers.get(header, "")
    if not (given.isascii() and given.isdigit() and len(given) <= 15):
        raise Invalid("%(header)s must be a whole number.", header=header)
    return int(given)


def _standing(arriving: Arriving, status: int) -> Response:
    said = Response(status=status)
    said.headers["Upload-Offset"] = str(arriving.offset)
    if not arriving.finished:
        said.headers["Upload-Expires"] = format_datetime(arriving.expires_at, usegmt=True)
    return said


@bp.after_request
def _speak_tus(said: Response) -> Response:
    said.headers["Tus-Resumable"] = VERSION
    said.headers["Cache-Control"] = "no-store"
    return said


@bp.errorhandler(DamError)
def _refused(error: DamError) -> Response:
    status = next((number for kind, number in STATUSES if isinstance(error, kind)), status_of(error))
    if isinstance(error, WrongVersion):
        status = 412
    said = _refusal(status, sentence_of(error))
    if isinstance(error, WrongVersion):
        said.headers["Tus-Version"] = VERSION
    if isinstance(error, uploads.OffsetMismatch):
        said.headers["Upload-Offset"] = str(error.detail["offset"])
    if status == 503:
        said.headers["Retry-After"] = "2"
    return said


@bp.errorhandler(StoreError)
def _store_failed(error: StoreError) -> Response:
    current_app.logger.error("an upload waits for the store: %s", error)
    return _refusal(503, "The store of files does not answer. What has arrived is kept.")


@bp.errorhandler(uploads.Cut)
def _cut(error: uploads.Cut) -> Response:
    """Whether anybody hears this is uncertain; a client that does goes on from its offset."""
    said = _refusal(408, "The connection was cut; what came before is kept.")
    said.headers["Connection"] = "close"
    return said


@bp.errorhandler(CSRFError)
def _other_session(error: CSRFError) -> Response:
    """Whoever signed in again in another tab has another form token: no file is to blame for that."""
    said = _refusal(400, "The session ended. Sign in again.")
    said.headers["Session-Ended"] = "1"
    return said


@bp.errorhandler(HTTPException)
def _http(error: HTTPException) -> Response:
    return _refusal(error.code or 400, error.description or "")


def _refusal(status: int, sentence: str) -> Response:
    return Response(sentence + "\n", status=status, mimetype="text/plain")
