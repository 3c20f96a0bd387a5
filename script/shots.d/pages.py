"""Which pages there are: read from the program's own map of addresses; a new page needs no word here."""

from collections.abc import Iterator

from flask import Flask
from stage import asset_of

from dam.models import Kind
from tests.running import RunningArchive

NO_PAGES = (
    "/static", "/api", "/tus", "/archivo", "/descargar", "/healthz", "/liga/", "/salir", "/exportar",
    "/canal", "/l/<token>/",
)  # fmt: skip


def addresses(app: Flask, running: RunningArchive, token: str) -> Iterator[tuple[str, str]]:
    """(name of the picture, address) of everything that can be looked at without sending a form;
    ``token`` opens a link."""
    known = {"token": token, "key": "15106", "municipality_key": "15106", "state_key": "15"}
    rules = [rule for rule in app.url_map.iter_rules() if "GET" in (rule.methods or ())]
    for rule in sorted(rules, key=str):
        if str(rule).startswith(NO_PAGES):
            continue
        values = {name: known.get(name, "1") for name in rule.arguments}
        for label, given in _variants(rule.arguments, values, running):
            address = app.url_map.bind("localhost").build(rule.endpoint, given)
            yield (address.replace(token, "1").strip("/").replace("/", "-") or "inicio") + label, address
    yield "buscar-persona", "/buscar?q=persona:oscar"
    yield "buscar-o", "/buscar?q=municipio:toluca,atlantis+oscar+o+itzel+-ecatepec"
    yield "buscar-nada", "/buscar?q=xyzzy"


def _variants(
    arguments: set[str], values: dict[str, str], running: RunningArchive
) -> Iterator[tuple[str, dict[str, str]]]:
    if "asset_id" not in arguments:
        yield "", values
        return
    for kind in (Kind.PHOTO, Kind.VIDEO):
        if asset_id := asset_of(running, kind):
            yield f"-{kind}", {**values, "asset_id": str(asset_id)}
