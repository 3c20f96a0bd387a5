"""For tests of what leaves: material that is ready, and people of every role."""

from pathlib import Path

from dam.archive import Archive
from dam.models import Asset, IngestItem, Original, Role, User
from dam.queue import Job
from dam.services.access import Actor
from dam.services.ingest import processing


def work_off(archive: Archive) -> None:
    """Do what the worker would; nothing is indexed."""
    while archive.queue.sent:
        job, asset_id, _lane = archive.queue.sent.pop(0)
        if job != Job.STACK_BATCH:
            processing.process(archive, asset_id)


def take_in(archive: Archive, send, path: Path, event) -> int:
    """Send a file, process it, and answer its asset's id."""
    item_id = send(path, event)
    work_off(archive)
    with archive.reading() as tx:
        asset_id = tx.get_one(IngestItem, item_id).asset_id
    assert asset_id is not None
    return asset_id


def change(archive: Archive, asset_id: int, **fields: object) -> None:
    with archive.transaction() as tx:
        asset = tx.get_one(Asset, asset_id)
        for name, value in fields.items():
            setattr(asset, name, value)


def sha256_of(archive: Archive, asset_id: int) -> str:
    with archive.reading() as tx:
        return tx.query(Original.sha256).filter(Original.asset_id == asset_id).one().sha256


def people(archive: Archive, territory: frozenset[str] = frozenset({"21"})) -> dict[str, Actor]:
    """One account of each role; the liaison answers for ``territory`` only."""
    actors = {}
    with archive.transaction() as tx:
        for role in Role:
            user = User(login=f"{role}@example.mx", name=str(role), role=role, session_mark="x")
            tx.add(user)
            tx.flush()
            keys = territory if role == Role.LIAISON else frozenset()
            actors[str(role)] = Actor(user.id, user.name, role, keys)
    return actors
