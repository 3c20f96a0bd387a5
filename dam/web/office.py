"""What every page shows of the office: its name, its accent colour, the theme, and who is here."""

from typing import Any

from flask import Blueprint, Flask, Response, current_app, redirect, request, url_for
from markupsafe import escape
from werkzeug.wrappers import Response as AnyResponse

from dam.services.access import Action
from dam.web import colours
from dam.web.doors import public, signed_in
from dam.web.language import html_language
from dam.web.session import archive, current_actor, is_signed_in, may

bp = Blueprint("office", __name__)

THEMES = ("system", "light", "dark")


@bp.get("/")
@signed_in
def home() -> AnyResponse:
    return redirect("/buscar")


@bp.get("/tema.css")
@public
def accent_stylesheet() -> Response:
    """The accent of the settings as variables: a file, for pages carry no inline style."""
    answer = current_app.response_class(colours.stylesheet(archive().settings.accent), mimetype="text/css")
    answer.headers["Cache-Control"] = "public, max-age=86400"
    return answer


@bp.get("/icono.svg")
@public
def icon() -> Response:
    """A square in the accent with the office's first letter."""
    settings = archive().settings
    letter = escape(settings.office_name[:1].upper())
    ink = colours.on(settings.accent)
    drawing = (
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 64 64">'
        f'<rect width="64" height="64" rx="14" fill="{settings.accent}"/>'
        f'<text x="32" y="45" font-family="sans-serif" font-weight="700" font-size="38" '
        f'text-anchor="middle" fill="{ink}">{letter}</text></svg>'
    )
    answer = current_app.response_class(drawing, mimetype="image/svg+xml")
    answer.headers["Cache-Control"] = "public, max-age=86400"
    return answer


def set_up(app: Flask) -> None:
    app.context_processor(_everywhere)


def _everywhere() -> dict[str, Any]:
    settings = archive().settings
    theme = request.cookies.get("theme", "system")
    return {
        "office_name": settings.office_name,
        "accent_address": url_for("office.accent_stylesheet", v=settings.accent.lstrip("#")),
        "theme": theme if theme in THEMES else "system",
        "html_language": html_language(),
        "actor": current_actor() if is_signed_in() else None,
        "Action": Action,
        "may": may,
    }
