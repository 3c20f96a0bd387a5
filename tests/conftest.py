"""What every test may ask for: a whole archive in a temporary folder, real parts, a queue in memory.

DAM_TEST_DATABASE says where its database lies: ``sqlite`` (as a rule), ``postgresql`` (a private cluster), or
``both``, which runs the tests of what depends most on the database a second time on PostgreSQL.
"""

import os
import secrets
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from sqlalchemy import make_url

from bench.cluster import Cluster
from bench.cluster import cluster as private_cluster
from dam import bootstrap
from dam.archive import Archive
from dam.media.sandbox import Sandbox
from dam.models import Event, IngestBatch
from dam.queue import Job, MemoryQueue
from dam.services import events, indexing, ingest
from dam.services.access import LOCAL_ADMINISTRATOR
from dam.services.families import bursts
from dam.services.ingest import processing
from dam.settings import Settings

ROOT = Path(__file__).resolve().parent.parent
CORPUS = Path(os.environ.get("DAM_CORPUS") or ROOT.parent / "shared" / "corpus")
GEO = Path(os.environ.get("DAM_GEO") or ROOT.parent / "shared" / "geo")
CHOSEN = os.environ.get("DAM_TEST_DATABASE") or "sqlite"
# What asks the database for much, and runs on both; DAM_TEST_DATABASE=postgresql runs everything there.
TWICE = {
    "test_among", "test_index_contract", "test_judged", "test_joining", "test_stacking", "test_round_trip",
    "test_audit", "test_batches", "test_bin", "test_clocks", "test_collections", "test_describing",
    "test_events", "test_finding", "test_finding_alternatives", "test_finding_counts", "test_finding_offers",
    "test_hints", "test_indexing", "test_ingest", "test_links", "test_officials", "test_packages",
    "test_places", "test_release", "test_rerouting", "test_searches", "test_selecting", "test_synonyms",
    "test_timing", "test_tokens", "test_uploads", "test_api", "test_search",
}  # fmt: skip
TEMPLATE = "prepared"


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "database" in metafunc.fixturenames:
        twice = CHOSEN == "both" and metafunc.definition.path.stem in TWICE
        twice = twice and metafunc.definition.get_closest_marker("sqlite") is None
        metafunc.parametrize("database", ["sqlite", "postgresql"] if twice else [_usual()], indirect=True)


def _usual() -> str:
    return "sqlite" if CHOSEN == "both" else CHOSEN


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if CHOSEN == "postgresql" and item.get_closest_marker("sqlite"):
            item.add_marker(pytest.mark.skip(reason="about SQLite"))


@pytest.fixture
def database(request: pytest.FixtureRequest) -> str:
    """``sqlite`` or ``postgresql``: what this test's archive lies in."""
    return getattr(request, "param", _usual())


@pytest.fixture(scope="session")
def cluster() -> Iterator[Cluster]:
    """A PostgreSQL of our own, started by the first test that asks for it."""
    with private_cluster() as started:
        yield started


@pytest.fixture
def empty_database(cluster: Cluster) -> Iterator[str]:
    """The address of a PostgreSQL database without tables."""
    name = f"empty_{secrets.token_hex(6)}"
    cluster.execute(f"CREATE DATABASE {name}")
    yield cluster.url(name)
    cluster.execute(f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture
def settings(
    tmp_path: Path, database: str, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> Settings:
    data = tmp_path / "var"
    url = f"sqlite:///{data / 'archive.sqlite3'}"
    if database == "postgresql":
        url = request.getfixturevalue("cluster").url(f"test_{secrets.token_hex(6)}")
        monkeypatch.setenv("DAM_DATABASE_URL", url)  # for the programs that a test starts
    return Settings(
        data_dir=data,
        database_url=url,
        redis_url=f"unix://{data / 'run' / 'redis.sock'}",
    )


@pytest.fixture(scope="session")
def sandbox() -> Iterator[Sandbox]:
    """One warm parent for the whole run; each visit is a child of its own all the same."""
    with Sandbox() as started:
        yield started


@pytest.fixture(scope="session")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder with all tables and places, made once and copied by each test."""
    data = tmp_path_factory.mktemp("prepared") / "var"
    made = bootstrap.build(
        Settings(data_dir=data, database_url=f"sqlite:///{data / 'archive.sqlite3'}"), queue=MemoryQueue()
    )
    bootstrap.prepare(made)
    with made.database.engine.connect() as connection:
        connection.exec_driver_sql("COMMIT")
        connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
        connection.exec_driver_sql("BEGIN")
    made.database.dispose()
    return data


@pytest.fixture(scope="session")
def prepared_beside_cluster(cluster: Cluster, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same for PostgreSQL: a data folder, and the database TEMPLATE to copy."""
    data = tmp_path_factory.mktemp("prepared") / "var"
    cluster.execute(f"CREATE DATABASE {TEMPLATE}")
    made = bootstrap.build(Settings(data_dir=data, database_url=cluster.url(TEMPLATE)), queue=MemoryQueue())
    bootstrap.prepare(made)
    made.database.dispose()
    return data


@pytest.fixture
def folder_with_database(settings: Settings, database: str, request: pytest.FixtureRequest) -> Iterator[Path]:
    """The data folder of a test's own archive, with tables and places."""
    if database == "sqlite":
        shutil.copytree(request.getfixturevalue("prepared"), settings.data_dir)
        yield settings.data_dir
        return
    shutil.copytree(request.getfixturevalue("prepared_beside_cluster"), settings.data_dir)
    cluster, name = request.getfixturevalue("cluster"), make_url(settings.database_url).database
    cluster.execute(f"CREATE DATABASE {name} TEMPLATE {TEMPLATE}")
    yield settings.data_dir
    cluster.execute(f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture
def archive(settings: Settings, folder_with_database: Path, sandbox: Sandbox) -> Iterator[Archive]:
    """An empty archive with states and municipalities, whose jobs wait in ``archive.queue.sent``."""
    built = bootstrap.build(settings, queue=MemoryQueue())
    archive = Archive(**{**built.__dict__, "sandbox": sandbox})
    bootstrap.prepare(archive)
    yield archive
    archive.scribe.close()
    archive.database.dispose()
    shutil.rmtree(settings.run_dir, ignore_errors=True)  # it may lie outside the test's folder


@pytest.fixture
def work(archive: Archive) -> Callable[[], None]:
    """Do what the worker and the indexer would: process every asset sent, then index what changed."""

    def _work() -> None:
        sent = archive.queue.sent
        while sent:
            job, subject_id, _lane = sent.pop(0)
            if job == Job.STACK_BATCH:
                bursts.stack_batch(archive, subject_id)
            else:
                processing.process(archive, subject_id)
        while indexing.drain(archive):
            pass

    return _work


@pytest.fixture
def event(archive: Archive) -> Event:
    """A rally in Toluca on 1 May 2026."""
    from datetime import datetime

    with archive.transaction() as tx:
        return events.create_event(
            tx,
            LOCAL_ADMINISTRATOR,
            "Mitin en Toluca",
            starts_at=datetime(2026, 5, 1, 18, 0),
            municipality_key="15106",
        )


@pytest.fixture
def send(archive: Archive) -> Callable[..., int]:
    """Take a file in as the upload page does: ``send(path, event)`` answers the item's id."""

    def _send(path: Path, event: Event, batch: IngestBatch | None = None) -> int:
        with archive.transaction() as tx:
            batch = batch or ingest.open_batch(tx, LOCAL_ADMINISTRATOR, event.id)
            item = ingest.expect_item(tx, batch.id, path.name, bytes=path.stat().st_size)
        copy = archive.settings.uploads_dir / f"test-{item.id}"
        shutil.copyfile(path, copy)
        ingest.archive_item(archive, item.id, copy)
        return item.id

    return _send
