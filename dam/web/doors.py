"""Doors: what each view asks of whoever knocks. A view without a door is never opened.

Mark views ``@public``, ``@signed_in``, ``@door(Action.X)`` or ``@api_door(Action.X)``, below ``@bp.route``.
``guard`` enforces the mark before any view runs; tests/attacks/test_doors.py knocks at every one.
"""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Any
from urllib.parse import urlsplit

from flask import Flask, current_app, request
from flask_wtf.csrf import CSRFProtect

from dam.errors import Forbidden, NotSignedIn
from dam.services.access import Action, demand
from dam.web.session import archive, current_actor, is_signed_in, prolong, token_given, use_token

log = logging.getLogger(__name__)

View = Callable[..., Any]
LARGEST_FORM = 64 * 1024**2
LARGEST_JSON = 4 * 1024**2  # it is read into memory, where it takes thirty times as much
SAFE = {"GET", "HEAD", "OPTIONS", "TRACE"}


class Kind(StrEnum):
    PUBLIC = "public"  # anybody
    SIGNED_IN = "signed_in"  # any account
    PAGE = "page"  # an account whose role allows the action; nobody else gets past
    API = "api"  # the same, and programs with a key


@dataclass(frozen=True)
class Door:
    kind: Kind
    action: Action | None = None


def public(view: View) -> View:
    """Anybody may come in."""
    return _mark(view, Door(Kind.PUBLIC))


def signed_in(view: View) -> View:
    """Every account, with a browser session."""
    return _mark(view, Door(Kind.SIGNED_IN))


def door(action: Action) -> Callable[[View], View]:
    """Accounts whose role allows ``action``, with a browser session."""
    return lambda view: _mark(view, Door(Kind.PAGE, action))


def api_door(action: Action) -> Callable[[View], View]:
    """The same, and programs with a key (``Authorization: Bearer``). Refusals are JSON."""
    return lambda view: _mark(view, Door(Kind.API, action))


def door_of(view: View) -> Door | None:
    """How a view is marked."""
    return getattr(view, "door", None)


def classify(app: Flask, endpoint: str, like: Callable[[View], View]) -> None:
    """Mark a view that somebody else's code registered: ``classify(app, "static", public)``."""
    like(app.view_functions[endpoint])


def _mark(view: View, mark: Door) -> View:
    view.door = mark  # type: ignore[attr-defined]
    return view


def guard() -> None:
    """Before every request: who is it, may they, and did they mean it. Raises NotSignedIn, Forbidden."""
    if request.endpoint is None:
        return  # no such address: the error page says so
    mark = door_of(current_app.view_functions[request.endpoint])
    if mark is None:
        log.error("the view %s has no door and stays closed", request.endpoint)
        raise Forbidden("This page is not open to anybody yet.")
    if mark.kind != Kind.API:
        # API doors take files, and say themselves how large.
        request.max_content_length = LARGEST_JSON if request.is_json else LARGEST_FORM
    by_key = mark.kind == Kind.API and token_given() is not None
    if by_key:
        use_token()
    elif request.method not in SAFE:
        _meant_it()
    if mark.kind == Kind.PUBLIC:
        return
    if not by_key and not is_signed_in():
        raise NotSignedIn("Sign in first.")
    if mark.action is not None:
        demand(current_actor(), mark.action)
    if not by_key:
        prolong()


def _meant_it() -> None:
    # A browser says where a form came from; somebody else's page is refused whatever token it has.
    origin = request.headers.get("Origin")
    own = {request.host, urlsplit(archive().settings.address).netloc}
    if origin and urlsplit(origin).netloc not in own:
        log.warning("a form from %s for %s was refused; is DAM_PUBLIC_URL right?", origin, sorted(own))
        raise Forbidden("This form was sent from another site.")
    if current_app.config["CHECK_FORMS"]:
        protect: CSRFProtect = current_app.extensions["csrf"]
        protect.protect()
