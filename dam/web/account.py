"""/cuenta: one's own name, language, look, password and keys for programs."""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from dam.errors import DamError, Invalid
from dam.services import accounts
from dam.services.accounts import sign_ins, tokens
from dam.web.doors import signed_in
from dam.web.errors import sentence_of, status_of
from dam.web.office import THEMES
from dam.web.session import archive, begin, current_actor, current_sign_in

bp = Blueprint("account", __name__, url_prefix="/cuenta")

Answer = str | Response | tuple[str, int]
YEAR = 365 * 86400


@bp.get("")
@signed_in
def mine() -> str:
    return _page()


def _page(**said: object) -> str:
    actor = current_actor()
    with archive().reading() as tx:
        user = accounts.get_user(tx, actor.user_id or 0)
        keys = tokens.tokens_of(tx, user.id)
        browsers = sign_ins.listed(tx, user)
    return render_template(
        "account/mine.html", user=user, keys=keys, scopes=tokens.scopes_for(actor), browsers=browsers,
        drive_address=f"{archive().settings.address}/dav/",
        this_browser=current_sign_in(), **said,
    )  # fmt: skip


@bp.post("")
@signed_in
def change() -> Answer:
    form = request.form
    try:
        with archive().transaction() as tx:
            accounts.change_own(
                tx, current_actor(),
                name=form.get("name"), language=form.get("language"), credit=form.get("credit"),
            )  # fmt: skip
    except Invalid as error:
        return _page(refusal=sentence_of(error)), status_of(error)
    answer = redirect(url_for("account.mine"))
    if form.get("theme") in THEMES:
        # Of this screen, not of the person: the desk's monitor may be dark and the phone light.
        answer.set_cookie(
            "theme", form["theme"], max_age=YEAR, httponly=True, samesite="Lax", secure=request.is_secure
        )
    flash(_("Saved."), "done")
    return answer


@bp.post("/contrasena")
@signed_in
def password() -> Answer:
    form = request.form
    try:
        if form.get("new", "") != form.get("again", ""):
            raise Invalid("The two passwords are not the same.")
        user = accounts.change_password(archive(), current_actor(), form.get("old", ""), form.get("new", ""))
    except DamError as error:
        return _page(password_refusal=sentence_of(error)), status_of(error)
    begin(user)
    flash(_("The password is changed. Sessions on other devices were ended."), "done")
    return redirect(url_for("account.mine"))


@bp.post("/sesiones/<int:sign_in_id>/cerrar")
@signed_in
def sign_out(sign_in_id: int) -> Response:
    """End the session of another browser of one's own. Raises NotFound."""
    with archive().transaction() as tx:
        sign_ins.end(tx, current_actor(), sign_in_id)
    flash(_("That browser is signed out."), "done")
    return redirect(url_for("account.mine") + "#sesiones")


@bp.post("/claves")
@signed_in
def issue_key() -> Answer:
    form = request.form
    days = form.get("days", type=int)
    try:
        with archive().transaction() as tx:
            _row, text = tokens.issue_token(
                tx, current_actor(), form.get("name", ""), form.getlist("scope"), days=days or 365
            )
    except DamError as error:
        return _page(key_refusal=sentence_of(error)), status_of(error)
    return _page(fresh_key=text)


@bp.post("/claves/<int:token_id>/revocar")
@signed_in
def revoke_key(token_id: int) -> Response:
    with archive().transaction() as tx:
        tokens.revoke_token(tx, current_actor(), token_id)
    flash(_("The key no longer opens anything."), "done")
    return redirect(url_for("account.mine") + "#claves")
