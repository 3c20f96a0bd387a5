"""The composition root: the only place that knows which parts are real."""

import secrets
from functools import partial

from sqlalchemy import select

from dam.archive import Archive
from dam.db import Database
from dam.errors import Unavailable
from dam.media.embed import Scribe
from dam.media.sandbox import Sandbox
from dam.models import Original
from dam.queue import JobQueue
from dam.rq_queue import RqQueue
from dam.search.index import SearchIndex
from dam.search.later import Later
from dam.services import indexing, places, presets, synonyms
from dam.settings import Settings
from storage import LocalStore
from storage.local import MARKER


def build(settings: Settings, *, queue: JobQueue | None = None) -> Archive:
    """The archive these settings describe. Starts nothing and opens nothing yet."""
    queue = queue or RqQueue(settings.redis_url)
    return Archive(
        settings=settings,
        database=Database(settings.database_url, queue),
        queue=queue,
        originals=LocalStore(settings.originals_dir),
        renditions=LocalStore(settings.renditions_dir),
        index=Later(partial(_open_index, settings)),
        sandbox=Sandbox(),
        scribe=Scribe(),
    )


def _open_index(settings: Settings) -> SearchIndex:
    if settings.search_engine == "postgres":
        from dam.search.postgres_index import PostgresIndex  # each loads what only it needs

        return PostgresIndex(settings.database_url)
    from dam.search.whoosh_index import WhooshIndex  # numpy and Whoosh: a third of a command's start

    return WhooshIndex(settings.index_dir)


def prepare(archive: Archive) -> None:
    """Make what the archive needs before it serves: folders, marker files, tables, states and
    municipalities. Harmless when repeated, and never run while a disk may be missing from under it:
    a store that holds nothing although the database names originals is refused."""
    from dam import migrations  # Alembic: of no use to a process that only serves or works

    settings = archive.settings
    for folder in (settings.data_dir, settings.uploads_dir, settings.run_dir):
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    migrations.upgrade(archive.database.engine)
    if isinstance(archive.originals, LocalStore):
        _refuse_lost_originals(archive, archive.originals)
    for store in (archive.originals, archive.renditions):
        if isinstance(store, LocalStore):
            store.prepare()
    make_secret(settings)
    with archive.transaction() as tx:
        places.seed(tx)
        synonyms.seed(tx)
        presets.seed(tx)
    if settings.search_engine == "postgres":
        indexing.begin(archive)


def _refuse_lost_originals(archive: Archive, store: LocalStore) -> None:
    """A folder without its marker, for a database that names originals, is a disk that is not there."""
    if (store.folder / MARKER).exists():
        return
    with archive.reading() as tx:
        if tx.scalar(select(Original.id).limit(1)) is not None:
            raise Unavailable(
                f"The originals are not where they belong: {store.folder} has no marker {MARKER}. "
                "Is its disk mounted? Nothing was changed."
            )


def make_secret(settings: Settings) -> None:
    """The key that signs sessions: made once, readable by the archive's account only."""
    path = settings.data_dir / "secret"
    if not path.exists():
        path.touch(mode=0o600)
        path.write_text(secrets.token_urlsafe(48), encoding="ascii")
