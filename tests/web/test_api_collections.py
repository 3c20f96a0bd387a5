"""Collections and links by /api/v1, with a key that was made for it."""

import pytest

from dam.models import Role
from dam.services import accounts
from dam.services.accounts import tokens


@pytest.fixture
def key(archive, make_user):
    """``key("share")``: the headers of an editor's key with these scopes."""
    user = make_user(Role.EDITOR)

    def _make(*scopes: str) -> dict[str, str]:
        with archive.transaction() as tx:
            actor = accounts.actor_of(tx, accounts.get_user(tx, user.id))
            _row, text = tokens.issue_token(tx, actor, "x", scopes)
        return {"Authorization": f"Bearer {text}"}

    return _make


def test_a_program_makes_fills_reads_and_shares_a_collection(client, key, make_assets):
    ids, headers = make_assets(3, review="approved", minors="no"), key("share")
    made = client.post("/api/v1/collections", json={"name": "Boletín"}, headers=headers)
    assert made.status_code == 201, made.text
    address = f"/api/v1/collections/{made.json['collection_id']}"
    filled = client.post(f"{address}/assets", json={"asset_ids": ids[::-1]}, headers=headers)
    assert filled.json["asset_ids"] == ids[::-1]
    assert client.get(address, headers=headers).json["asset_ids"] == ids[::-1]
    listed = client.get("/api/v1/collections?q=boletin", headers=headers).json["collections"]
    assert [one["collection_id"] for one in listed] == [made.json["collection_id"]]
    wanted = {"recipient": "Sitio", "presets": ["web-2048"], "days": 3}
    wanted["collection_id"] = made.json["collection_id"]
    link = client.post("/api/v1/links", json=wanted, headers=headers)
    assert link.status_code == 201 and link.json["state"] == "open"
    token = link.json["address"].rpartition("/")[2]
    assert client.get(f"/l/{token}").status_code == 200
    assert "address" not in client.get("/api/v1/links", headers=headers).json["links"][0]
    gone = client.delete(f"/api/v1/links/{link.json['link_id']}", headers=headers)
    assert gone.json["state"] == "revoked" and client.get(f"/l/{token}").status_code == 404


def test_a_key_for_reading_makes_nothing(client, key, make_assets):
    headers = key("read")
    assert client.get("/api/v1/collections", headers=headers).status_code == 200
    assert client.post("/api/v1/collections", json={"name": "x"}, headers=headers).status_code == 403
    wanted = {"recipient": "x", "presets": ["web"], "asset_id": make_assets(1)[0]}
    assert client.post("/api/v1/links", json=wanted, headers=headers).status_code == 403
    assert client.get("/api/v1/links", headers=headers).status_code == 403


def test_what_does_not_fit_is_refused_with_the_field(client, key):
    headers = key("share")
    answer = client.post("/api/v1/links", json={"recipient": "x", "presets": []}, headers=headers)
    assert answer.status_code == 400 and "presets" in answer.json["message"]
    both = {"recipient": "x", "presets": ["web"], "asset_id": 1, "collection_id": 1}
    assert client.post("/api/v1/links", json=both, headers=headers).status_code == 400
    assert client.get("/api/v1/collections/987654", headers=headers).status_code == 404
