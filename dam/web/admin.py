"""/admin: accounts, the custody log, and how the archive is doing."""

from flask import Blueprint, flash, jsonify, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from werkzeug.wrappers import Response

from dam.db import Transaction
from dam.errors import DamError, Invalid
from dam.models import AuditEntry, Role, User
from dam.search.folding import fold
from dam.services import accounts, audit, status
from dam.services.access import Action
from dam.services.accounts import links, territories, tokens
from dam.web.doors import door
from dam.web.errors import sentence_of, status_of
from dam.web.numbers import row_number
from dam.web.particulars import tell
from dam.web.session import archive, current_actor

bp = Blueprint("admin", __name__, url_prefix="/admin")

FAMILIES = {
    "asset": _l("Material"),
    "batch": _l("Uploads"),
    "event": _l("Events"),
    "official": _l("Persons"),
    "office": _l("Offices"),
    "district": _l("Districts"),
    "places": _l("Municipalities"),
    "synonyms": _l("Synonyms"),
    "user": _l("Accounts"),
    "token": _l("Keys for programs"),
    "collection": _l("Collections"),
    "link": _l("Links"),
    "package": _l("Packages"),
    "preset": _l("Download formats"),
}
PART_NAMES = {
    "database": _l("Database"),
    "originals": _l("Originals"),
    "renditions": _l("Versions for viewing"),
    "data": _l("Data folder"),
}

Answer = str | Response | tuple[str, int]


@bp.get("/usuarios")
@door(Action.MANAGE_USERS)
def users() -> str:
    return _users_page()


def _users_page(**said: object) -> str:
    with archive().reading() as tx:
        everybody = accounts.users(tx, current_actor())
        where = {user.id: territories.names_of(tx, user) for user in everybody}
    return render_template("admin/users.html", users=everybody, where=where, Role=Role, **said)


@bp.post("/usuarios")
@door(Action.MANAGE_USERS)
def add_user() -> Answer:
    form, actor = request.form, current_actor()
    try:
        with archive().transaction() as tx:
            user = accounts.add_user(
                tx, actor, form.get("login", ""), form.get("name", ""), _role(form.get("role"))
            )
            token = links.one_time_link(tx, actor, user)
    except DamError as error:
        return _users_page(refusal=sentence_of(error), given=form), status_of(error)
    return _user_page(user.id, fresh_link=_link_address(token))


@bp.get("/usuarios/<int:user_id>")
@door(Action.MANAGE_USERS)
def user(user_id: int) -> str:
    return _user_page(user_id)


def _user_page(user_id: int, **said: object) -> str:
    with archive().reading() as tx:
        user = accounts.get_user(tx, user_id)
        where = [(place.value, place.name) for place in territories.chosen(tx, user)]
        recent = audit.newest(tx, current_actor(), who=user_id, limit=20)
        told = tell(tx, recent)
        keys = tokens.tokens_of(tx, user_id)
    return render_template(
        "admin/user.html",
        user=user,
        where_pairs=where,
        recent=recent,
        told=told,
        keys=keys,
        Role=Role,
        **said,
    )


@bp.post("/usuarios/<int:user_id>")
@door(Action.MANAGE_USERS)
def change_user(user_id: int) -> Answer:
    form, actor = request.form, current_actor()
    try:
        with archive().transaction() as tx:
            user = accounts.get_user(tx, user_id)
            accounts.change_user(
                tx, actor, user, login=form.get("login"), name=form.get("name"),
                role=_role(form.get("role")) if "role" in form else None, credit=form.get("credit"),
            )  # fmt: skip
            _set_territory(tx, user)
    except DamError as error:
        return _user_page(user_id, refusal=sentence_of(error)), status_of(error)
    flash(_("Saved."), "done")
    return redirect(url_for("admin.user", user_id=user_id))


def _set_territory(tx: Transaction, user: User) -> None:
    # Only liaisons have one; another role's is dropped with the role.
    wanted = request.form.getlist("territory") if user.role == Role.LIAISON else []
    territories.replace(tx, current_actor(), user, wanted)


@bp.post("/usuarios/<int:user_id>/activo")
@door(Action.MANAGE_USERS)
def open_or_close(user_id: int) -> Answer:
    active = request.form.get("active") == "yes"
    try:
        with archive().transaction() as tx:
            accounts.change_user(tx, current_actor(), accounts.get_user(tx, user_id), active=active)
    except DamError as error:
        return _user_page(user_id, refusal=sentence_of(error)), status_of(error)
    said = _("The account is open again.") if active else _("The account is closed and its sessions ended.")
    flash(said, "done")
    return redirect(url_for("admin.user", user_id=user_id))


@bp.post("/usuarios/<int:user_id>/liga")
@door(Action.MANAGE_USERS)
def issue_link(user_id: int) -> Answer:
    try:
        with archive().transaction() as tx:
            token = links.one_time_link(tx, current_actor(), accounts.get_user(tx, user_id))
    except DamError as error:
        return _user_page(user_id, refusal=sentence_of(error)), status_of(error)
    return _user_page(user_id, fresh_link=_link_address(token))


@bp.post("/usuarios/<int:user_id>/claves/<int:token_id>/revocar")
@door(Action.MANAGE_USERS)
def revoke_key(user_id: int, token_id: int) -> Response:
    with archive().transaction() as tx:
        tokens.revoke_token(tx, current_actor(), token_id)
    flash(_("The key no longer opens anything."), "done")
    return redirect(url_for("admin.user", user_id=user_id))


@bp.get("/lugares")
@door(Action.MANAGE_USERS)
def suggest_places() -> Response:
    """States, districts and municipalities for a liaison's territory, as the typeahead reads them."""
    with archive().reading() as tx:
        found = territories.places_like(tx, fold(request.args.get("q", "")))
    return jsonify([{"value": place.value, "text": place.name} for place in found])


def _link_address(token: str) -> str:
    # Never from the Host header: whoever forges it would be sent the link.
    return archive().settings.address + url_for("sessions.link", token=token)


def _role(given: str | None) -> Role:
    try:
        return Role(given or "")
    except ValueError as error:
        raise Invalid("Choose a role.") from error


@bp.get("/registro")
@door(Action.SEE_AUDIT)
def log() -> str:
    args = request.args
    action = args.get("action", "").strip()
    about = _subject(args.get("about", ""))
    with archive().reading() as tx:
        entries = audit.newest(
            tx, current_actor(), before=args.get("before", type=row_number), action=action,
            who=args.get("who", type=row_number), subject=about, limit=100,
        )  # fmt: skip
        told = tell(tx, entries)
    older = entries[-1].id if len(entries) == 100 else None
    kept = {key: value for key, value in args.items() if key != "before" and value}
    return _log_page(entries, told=told, older=older, kept=kept, action=action)


def _log_page(entries: list[AuditEntry], **said: object) -> str:
    families = [("", _("Everything")), *FAMILIES.items()]
    return render_template("admin/log.html", entries=entries, families=families, **said)


def _subject(written: str) -> tuple[str, int] | None:
    """``asset:12`` in the address bar: the history of one thing."""
    kind, _colon, number = written.partition(":")
    try:
        return (kind, row_number(number)) if kind else None
    except ValueError:
        return None


@bp.post("/registro/verificar")
@door(Action.SEE_AUDIT)
def verify_log() -> str:
    with archive().reading() as tx:
        verdict = audit.verify(tx)
        entries = audit.newest(tx, current_actor(), limit=100)
        told = tell(tx, entries)
    return _log_page(entries, told=told, older=None, kept={}, action="", verdict=verdict)


@bp.get("/estado")
@door(Action.MANAGE_USERS)
def state() -> str:
    return render_template("admin/state.html", state=status.look(archive()), part_names=PART_NAMES)
