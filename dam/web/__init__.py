"""The web application: one blueprint a module; a view reads the request, calls one service, renders."""

from flask import Flask

from dam.archive import Archive
from dam.settings import ROOT
from dam.web import (
    account,
    admin,
    assets_build,
    doors,
    downloads,
    entry,
    errors,
    files,
    health,
    language,
    limits,
    office,
    security,
    session,
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
    files.bp,
    downloads.bp,
]


def make_app(archive: Archive) -> Flask:
    """The application that serves ``archive``. Starts nothing."""
    app = Flask(
        __name__,
        static_url_path="/static",
        static_folder=str(assets_build.BUILT),
        template_folder=str(ROOT / "templates"),
    )
    app.extensions["archive"] = archive
    app.jinja_options = {"trim_blocks": True, "lstrip_blocks": True}
    security.set_up(app, archive.settings)
    session.set_up(app)
    language.set_up(app)
    errors.set_up(app)
    assets_build.set_up(app)
    office.set_up(app)
    words.set_up(app)
    for blueprint in BLUEPRINTS:
        app.register_blueprint(blueprint)
    limits.set_up(app, archive.settings)
    app.before_request(doors.guard)
    return app
