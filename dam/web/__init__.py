"""The web application: one blueprint a module; a view reads the request, calls one service, renders."""

from typing import Any

from flask import Flask
from werkzeug.routing import IntegerConverter, Map

from dam.archive import Archive
from dam.settings import ROOT
from dam.web import (
    account,
    admin,
    api,
    assets,
    assets_build,
    batch_facts,
    batches,
    bin,
    browsers,
    catalogue,
    collections,
    describe,
    doors,
    downloads,
    drive,
    entry,
    errors,
    families,
    feeds,
    files,
    formats,
    framing,
    health,
    language,
    limits,
    links,
    office,
    packages,
    release,
    review,
    search,
    searches,
    security,
    session,
    shared,
    synonyms,
    uploads,
    words,
)

BLUEPRINTS = [
    office.bp,
    entry.bp,
    account.bp,
    admin.bp,
    health.bp,
    uploads.bp,
    batches.bp,
    batch_facts.bp,
    files.bp,
    formats.bp,
    framing.bp,
    downloads.bp,
    packages.bp,
    collections.bp,
    links.bp,
    shared.bp,
    feeds.bp,
    api.bp,
    search.bp,
    searches.bp,
    synonyms.bp,
    assets.bp,
    families.bp,
    describe.bp,
    bin.bp,
    review.bp,
    release.bp,
    *catalogue.BLUEPRINTS,
]


class RowNumber(IntegerConverter):
    """``<int:…>`` in addresses: a number no database could hold is an address that does not exist."""

    def __init__(self, map: Map, **given: Any) -> None:
        super().__init__(map, **({"max": 2**31 - 1} | given))


def make_app(archive: Archive) -> Flask:
    """The application that serves ``archive``. Starts nothing."""
    app = Flask(
        __name__,
        static_url_path="/static",
        static_folder=str(assets_build.BUILT),
        template_folder=str(ROOT / "templates"),
    )
    app.extensions["archive"] = archive
    app.url_map.converters["int"] = RowNumber
    app.jinja_options = {"trim_blocks": True, "lstrip_blocks": True}
    drive.set_up(app)
    security.set_up(app, archive.settings)
    session.set_up(app)
    language.set_up(app)
    errors.set_up(app)
    assets_build.set_up(app)
    office.set_up(app)
    words.set_up(app)
    browsers.set_up(app)
    for blueprint in BLUEPRINTS:
        app.register_blueprint(blueprint)
    limits.set_up(app, archive.settings)
    api.set_up(app)
    app.before_request(doors.guard)
    return app
