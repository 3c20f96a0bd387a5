"""The built front end: hashed names from esbuild's manifest, kept by browsers for a year."""

import json
import logging
import re
from pathlib import Path

from flask import Flask, Response, request

from dam.settings import ROOT
from dam.web.doors import classify, public

log = logging.getLogger(__name__)

BUILT = ROOT / "static" / "built"
HASHED = re.compile(r"^/static/.+-[A-Z0-9]{8}\.\w+$")


class Manifest:
    """``search.js`` → ``search-4F2A.js``; read again when a new build has replaced it."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / "manifest.json"
        self._stamp: int | None = None
        self._names: dict[str, str] = {}

    def address(self, name: str) -> str:
        """The address of a built file. A missing build is logged, and the page stays usable without it."""
        try:
            stamp = self.path.stat().st_mtime_ns
        except FileNotFoundError:
            if self._stamp != 0:
                log.error("The front end is not built. Run script/build-frontend.")
            self._stamp, self._names = 0, {}
            return f"/static/{name}"
        if stamp != self._stamp:
            self._names = json.loads(self.path.read_text(encoding="utf-8"))
            self._stamp = stamp
        if name not in self._names:
            log.error("The front end has no %s. Is there a static/src/pages/%s?", name, name)
        return f"/static/{self._names.get(name, name)}"


def set_up(app: Flask) -> None:
    app.jinja_env.globals["built"] = Manifest(BUILT).address
    classify(app, "static", public)
    app.after_request(_keep)


def _keep(answer: Response) -> Response:
    if HASHED.search(request.path) and answer.status_code in (200, 206, 304):
        answer.headers["Cache-Control"] = "public, max-age=31536000, immutable"
    return answer
