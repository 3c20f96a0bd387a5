"""The floors hold, every job exists, and the tables are what the migrations make."""

import subprocess
import sys
from importlib import import_module
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import create_engine

from dam import migrations
from dam.db import Base
from dam.queue import Job

ROOT = Path(__file__).resolve().parent.parent


def test_imports_go_downward_only() -> None:
    command = [str(Path(sys.executable).parent / "lint-imports"), "--no-cache"]
    ran = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stdout


@pytest.mark.parametrize("job", list(Job))
def test_every_job_is_a_function_that_exists(job: Job) -> None:
    module, _, name = job.rpartition(".")
    assert callable(getattr(import_module(module), name))


def test_migrations_make_exactly_the_tables_of_the_models(tmp_path: Path) -> None:
    engine = create_engine(f"sqlite:///{tmp_path / 'fresh.sqlite3'}")
    migrations.upgrade(engine)
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, Base.metadata) == []


def test_nothing_happens_at_import() -> None:
    probe = "import app, sys, threading; sys.exit(threading.active_count() - 1)"
    assert subprocess.run([sys.executable, "-c", probe], cwd=ROOT, check=False).returncode == 0
