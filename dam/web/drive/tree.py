"""What WebDAV's library is handed: folders and files of dam.services.mounting, for whoever asks."""

import logging
import threading
import time
import unicodedata
from collections import OrderedDict
from collections.abc import Callable
from typing import Any, BinaryIO

from wsgidav.dav_error import HTTP_FORBIDDEN, HTTP_NOT_FOUND, HTTP_SERVICE_UNAVAILABLE, DAVError
from wsgidav.dav_provider import DAVCollection, DAVNonCollection, DAVProvider
from wsgidav.error_printer import ErrorPrinter
from wsgidav.request_resolver import RequestResolver
from wsgidav.wsgidav_app import WsgiDAVApp

from dam.archive import Archive
from dam.errors import DamError, Forbidden, NotFound
from dam.services import mounting
from dam.services.access import Actor
from dam.services.mounting import File, Folder
from dam.web.drive.entry import ACTOR, SAFE
from dam.web.sending import tag_of
from storage import StoreError

log = logging.getLogger(__name__)

REMEMBERED = 10.0  # seconds: the Finder asks for a folder once for each file in it
FOLDERS = 64  # remembered in one process
Listing = tuple[str, ...] | dict[str, File]
Member = DAVCollection | DAVNonCollection


class Listings:
    """What folders held a moment ago, by account. Whether a file may be read is asked when it is."""

    def __init__(self, archive: Archive) -> None:
        self.archive = archive
        self._kept: OrderedDict[tuple[Any, ...], tuple[float, Listing]] = OrderedDict()
        self._lock = threading.Lock()

    def of(self, actor: Actor, path: tuple[str, ...]) -> Listing:
        """Names of folders, or files by name. Raises NotFound."""
        key = (actor, path)
        with self._lock:
            at, found = self._kept.get(key, (0.0, ()))
        if time.monotonic() - at < REMEMBERED:
            return found
        made = mounting.inside(self.archive, actor, path)
        if isinstance(made, Folder):
            listing: Listing = {one.name: one for one in mounting.files_of(self.archive, actor, made)}
        else:
            listing = made
        with self._lock:
            self._kept[key] = (time.monotonic(), listing)
            while len(self._kept) > FOLDERS:
                self._kept.popitem(last=False)
        return listing


class Root(DAVProvider):
    """The whole of it, read only."""

    def __init__(self, archive: Archive) -> None:
        super().__init__()
        self.listings = Listings(archive)

    def is_readonly(self) -> bool:
        return True

    def get_resource_inst(
        self, path: str, environ: dict[str, Any]
    ) -> DAVCollection | DAVNonCollection | None:
        """None for what there is not, and for what the actor may not know of."""
        parts = tuple(unicodedata.normalize("NFC", part) for part in path.split("/") if part)
        if any(part.startswith(".") for part in parts):
            return None  # ._x, .DS_Store, .Spotlight-V100, .hidden: the Finder asks, and there are none
        actor = environ[ACTOR]
        try:
            if not parts:
                return _Folder("/", environ, self.listings, (), self.listings.of(actor, ()))
            above = self.listings.of(actor, parts[:-1])
            if isinstance(above, dict):
                file = above.get(parts[-1])
                return _File("/" + "/".join(parts), environ, self.listings, file) if file else None
            if parts[-1] not in above:
                return None
            place = "/" + "/".join(parts)
            return _Folder(place, environ, self.listings, parts, None)
        except (NotFound, Forbidden):
            return None
        except StoreError as error:
            raise DAVError(HTTP_SERVICE_UNAVAILABLE, str(error)) from error


class _Folder(DAVCollection):
    def __init__(
        self, path: str, environ: dict[str, Any], listings: Listings, parts: tuple[str, ...],
        listing: Listing | None,
    ) -> None:  # fmt: skip
        super().__init__(path, environ)
        self._listings, self._parts, self._listing = listings, parts, listing

    def _inside(self) -> Listing:
        if self._listing is None:
            self._listing = self._listings.of(self.environ[ACTOR], self._parts)
        return self._listing

    def get_member_names(self) -> list[str]:
        return list(self._inside())

    def get_member(self, name: str) -> Member | None:
        inside, path = self._inside(), f"{self.path.rstrip('/')}/{name}"
        if isinstance(inside, dict):
            return _File(path, self.environ, self._listings, inside[name]) if name in inside else None
        return _Folder(path, self.environ, self._listings, (*self._parts, name), None)

    def get_last_modified(self) -> float | None:
        return None

    def support_modified(self) -> bool:
        return False

    def get_etag(self) -> None:
        return None


class _File(DAVNonCollection):
    def __init__(self, path: str, environ: dict[str, Any], listings: Listings, file: File) -> None:
        super().__init__(path, environ)
        self._archive, self._file = listings.archive, file

    def get_content_length(self) -> int:
        return self._file.bytes

    def get_content_type(self) -> str:
        return self._file.media_type

    def get_creation_date(self) -> float:
        return self._file.changed_at.timestamp()

    def get_last_modified(self) -> float:
        return self._file.changed_at.timestamp()

    def support_modified(self) -> bool:
        return True

    def get_etag(self) -> str:
        return tag_of(self._file.tag)

    def support_etag(self) -> bool:
        return True

    def support_ranges(self) -> bool:
        return True

    def get_content(self) -> BinaryIO:
        """Raises DAVError: what may not be read now, what was replaced since the folder was told."""
        try:
            opened = mounting.take(self._archive, self.environ[ACTOR], self._file)
        except NotFound as error:
            raise DAVError(HTTP_NOT_FOUND, str(error)) from error
        except Forbidden as error:
            raise DAVError(HTTP_FORBIDDEN, str(error)) from error
        except (DamError, StoreError, KeyError) as error:
            raise DAVError(HTTP_SERVICE_UNAVAILABLE, str(error)) from error
        if opened.bytes != self._file.bytes:
            opened.handle.close()
            raise DAVError(HTTP_SERVICE_UNAVAILABLE, "This file changed. Look at the folder again.")
        return opened.handle

    def finalize_headers(self, environ: dict[str, Any], response_headers: list[tuple[str, str]]) -> None:
        response_headers.extend(SAFE.items())


def make_dav(archive: Archive) -> Callable[..., Any]:
    """The WSGI application for /dav."""
    made = WsgiDAVApp({
        "mount_path": "/dav",
        "provider_mapping": {"/": Root(archive)},
        "middleware_stack": [ErrorPrinter, RequestResolver],
        "http_authenticator": {"accept_basic": False},
        "lock_storage": None,
        "property_manager": None,
        "logging": {"enable": False},
        "verbose": 0,
        "block_size": 256 * 1024,
    })  # fmt: skip
    return made  # type: ignore[no-any-return]
