"""``dam users …`` and ``dam audit verify``: accounts and the custody log from a terminal."""

import sys
from dataclasses import asdict
from typing import Any

import click

from dam.cli.desk import Desk, pass_desk, print_json
from dam.db import Transaction
from dam.models import Role, User
from dam.services import accounts, audit
from dam.services.accounts import links, territories, tokens

ROLES = click.Choice([str(role) for role in Role])


@click.group()
def users() -> None:
    """Who may come in, as what, and by which link."""


@users.command("add")
@click.argument("login")
@click.option("--name", help="As it is shown. Default: the sign-in name.")
@click.option("--role", type=ROLES, default=str(Role.PHOTOGRAPHER), show_default=True)
@click.option("--credit", help="The usual credit line of this person's pictures.")
@click.option("--territory", multiple=True, metavar="KIND:KEY",
              help="For liaisons: state:15, district:3 or municipality:15106. Repeatable.")  # fmt: skip
@click.option("--json", "as_json", is_flag=True, help="Print one object.")
@pass_desk
def add(
    desk: Desk, login: str, name: str | None, role: str, credit: str | None, territory: tuple[str, ...],
    as_json: bool,
) -> None:  # fmt: skip
    """Make an account and print the one-use link that sets its password."""
    with desk.archive.transaction() as tx:
        user = accounts.add_user(tx, desk.actor, login, name or login, Role(role), credit=credit)
        if territory:
            territories.replace(tx, desk.actor, user, territory)
        address = _address(desk, links.one_time_link(tx, desk.actor, user))
    _tell(as_json, {"id": user.id, "login": user.login, "link": address}, address)


@users.command("list")
@click.option("--json", "as_json", is_flag=True, help="Print one list.")
@pass_desk
def list_users(desk: Desk, as_json: bool) -> None:
    """Everybody: sign-in name, role, when last seen, and where a liaison answers."""
    with desk.archive.reading() as tx:
        rows = [_row(tx, user) for user in accounts.users(tx, desk.actor)]
    if as_json:
        print_json(rows)
        return
    for row in rows:
        state = "" if row["active"] else "closed"
        seen = (row["last_seen_at"] or "never")[:10]
        click.echo(f"{row['login']:<28} {row['role']:<14} {seen:<10} {state:<6} {row['name']} "
                   f"{', '.join(row['territory'])}".rstrip())  # fmt: skip


@users.command("link")
@click.argument("login")
@pass_desk
def link(desk: Desk, login: str) -> None:
    """Print a one-use link that sets a new password; older links stop working."""
    with desk.archive.transaction() as tx:
        token = links.one_time_link(tx, desk.actor, accounts.find_user(tx, login))
    click.echo(_address(desk, token))


@users.command("disable")
@click.argument("login")
@click.option("--undo", is_flag=True, help="Open the account again.")
@pass_desk
def disable(desk: Desk, login: str, undo: bool) -> None:
    """Close an account: its sessions, links and keys stop working; what it did stays."""
    with desk.archive.transaction() as tx:
        accounts.change_user(tx, desk.actor, accounts.find_user(tx, login), active=undo)
    click.echo(f"{login} is {'open again' if undo else 'closed'}.")


@users.command("role")
@click.argument("login")
@click.argument("role", type=ROLES)
@click.option("--territory", multiple=True, metavar="KIND:KEY", help="For liaisons; replaces what was there.")
@pass_desk
def role(desk: Desk, login: str, role: str, territory: tuple[str, ...]) -> None:
    """Give an account another role."""
    with desk.archive.transaction() as tx:
        user = accounts.find_user(tx, login)
        accounts.change_user(tx, desk.actor, user, role=Role(role))
        if territory or user.role != Role.LIAISON:
            territories.replace(tx, desk.actor, user, territory)
    click.echo(f"{login} is {role}.")


@users.command("token")
@click.argument("name")
@click.option("--scope", "scopes", multiple=True, type=click.Choice([str(scope) for scope in tokens.Scope]),
              default=("read",), show_default=True, help="What the key may do. Repeatable.")  # fmt: skip
@click.option("--days", default=365, show_default=True, help="How long it lasts.")
@pass_desk
def token(desk: Desk, name: str, scopes: tuple[str, ...], days: int) -> None:
    """Print a key for programs, for the account given by ``dam --as USER``. It is shown only now."""
    with desk.archive.transaction() as tx:
        _row_made, text = tokens.issue_token(tx, desk.actor, name, scopes, days=days)
    click.echo(text)


@click.group("audit")
def audit_log() -> None:
    """The custody log: who did what."""


@audit_log.command("verify")
@click.option("--json", "as_json", is_flag=True, help="Print one object.")
@pass_desk
def verify(desk: Desk, as_json: bool) -> None:
    """Read the whole chain. Exit 1 when an entry was changed or removed outside the archive."""
    with desk.archive.reading() as tx:
        verdict = audit.verify(tx)
    said = asdict(verdict) | {"holds": verdict.holds}
    sentence = (
        f"The chain holds: {verdict.entries} entries, ending in {verdict.head}."
        if verdict.holds
        else f"The chain is broken at entry {verdict.broken_at}, after {verdict.entries} good ones."
    )
    _tell(as_json, said, sentence)
    sys.exit(0 if verdict.holds else 1)


def _address(desk: Desk, token: str) -> str:
    return f"{desk.archive.settings.address}/liga/{token}"


def _row(tx: Transaction, user: User) -> dict[str, Any]:
    return {
        "id": user.id, "login": user.login, "name": user.name, "role": str(user.role), "active": user.active,
        "last_seen_at": user.last_seen_at.isoformat() if user.last_seen_at else None,
        "territory": territories.names_of(tx, user),
    }  # fmt: skip


def _tell(as_json: bool, value: dict[str, Any], sentence: str) -> None:
    if as_json:
        print_json(value)
    else:
        click.echo(sentence)
