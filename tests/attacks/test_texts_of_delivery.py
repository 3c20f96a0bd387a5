"""What no database keeps (NUL, half a character) in texts of collections, links, packages and releases."""

import pytest

from dam.models import Role

ODD = ["El\x00Sol", "El\ud800Sol"]


@pytest.mark.parametrize("odd", ODD, ids=ascii)
def test_no_text_of_delivery_breaks_anything(make_assets, as_role, odd):
    (asset_id,) = make_assets(1, review="approved", minors="no")
    boss = as_role(Role.COORDINATOR)
    made = boss.post("/api/v1/collections", json={"name": "Prensa"}).json["collection_id"]
    link = {"presets": ["web"], "days": 3, "asset_id": asset_id}
    tries = [
        ("/api/v1/collections", {"json": {"name": odd, "note": odd}}),
        ("/api/v1/collections", {"json": {"name": "x", "query": f"q={odd}"}}),
        ("/api/v1/links", {"json": link | {"recipient": odd}}),
        ("/api/v1/links", {"json": link | {"recipient": "x", "password": odd + odd}}),
        (f"/colecciones/{made}/editar", {"data": {"name": odd, "note": odd}}),
        (f"/colecciones/{made}/nota", {"json": {"id": asset_id, "note": odd}}),
        ("/ligas", {"data": {"recipient": odd, "asset": asset_id, "preset": "web", "days": "3"}}),
        ("/paquetes", {"data": {"id": asset_id, "preset": "web", "use": odd}}),
        (f"/descargar/{asset_id}/web?use=El%00Sol", {}),
        ("/material/publicaciones", {"json": {"ids": [asset_id], "network": "facebook", "note": odd,
                                              "published_on": "2026-05-01", "address": f"https://x.mx/{odd}"}}),
        ("/formatos/press", {"data": {"name": odd, "purpose": odd}}),
        ("/material/retirar", {"json": {"ids": [asset_id], "reason": "error", "note": odd}}),
    ]  # fmt: skip
    broken = []
    for address, given in tries:
        answer = boss.open(address, method="GET" if not given else "POST", **_sendable(given))
        if answer.status_code >= 500:
            broken.append((address, given))
    assert broken == []
    assert boss.get("/ligas").status_code == boss.get("/colecciones").status_code == 200


def _sendable(given):
    """A form cannot carry half a character: its bytes are sent as a browser of ill will would."""
    if "data" not in given:
        return given
    form = given["data"]
    return {"data": {name: str(value).encode("utf-8", "surrogatepass") for name, value in form.items()}}
