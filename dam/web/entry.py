"""Coming in and going out: /entrar, /salir, /liga/<token>, and the language before one is known."""

from flask import Blueprint, flash, redirect, render_template, request, session, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from dam.errors import Forbidden, Invalid, NotFound
from dam.services import accounts
from dam.services.accounts import LANGUAGES, links
from dam.web.doors import public, signed_in
from dam.web.errors import sentence_of
from dam.web.security import own_path
from dam.web.session import archive, begin, end, is_signed_in

bp = Blueprint("sessions", __name__)

Answer = str | Response | tuple[str, int]


@bp.route("/entrar", methods=["GET", "POST"])
@public
def enter() -> Answer:
    wanted = own_path(request.values.get("next"))
    if request.method != "POST":
        if is_signed_in():
            return redirect(wanted)
        return render_template("account/enter.html", next=wanted)
    try:
        user = accounts.sign_in(archive(), request.form.get("login", ""), request.form.get("password", ""))
    except Forbidden as error:
        page = render_template(
            "account/enter.html", next=wanted, refusal=sentence_of(error), login=request.form.get("login", "")
        )
        return page, 403
    begin(user)
    return redirect(wanted)


@bp.post("/salir")
@signed_in
def leave() -> Response:
    end()
    return redirect(url_for("sessions.enter"))


@bp.route("/liga/<token>", methods=["GET", "POST"])
@public
def link(token: str) -> Answer:
    try:
        with archive().reading() as tx:
            user = links.link_owner(tx, token)
        if request.method != "POST":
            return render_template("account/link.html", user=user)
        password, again = request.form.get("password", ""), request.form.get("again", "")
        if password != again:
            raise Invalid("The two passwords are not the same.")
        user = links.set_password(archive(), token, password)
    except NotFound as error:
        return render_template("account/link_gone.html", message=sentence_of(error)), 404
    except Invalid as error:
        return render_template("account/link.html", user=user, refusal=sentence_of(error)), 400
    begin(user)
    flash(_("The password is set. Welcome."), "done")
    return redirect("/")


@bp.post("/idioma")
@public
def choose_language() -> Response:
    """Before signing in: the language of this browser."""
    wanted = request.form.get("language")
    if wanted in LANGUAGES:
        session["language"] = wanted
    return redirect(own_path(request.form.get("next"), "/entrar"))
