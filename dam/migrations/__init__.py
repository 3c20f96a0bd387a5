"""The database's versions, with Alembic configured in code: ``upgrade(engine)`` brings any up to date."""

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Engine

HERE = Path(__file__).parent


def _config(url: str) -> Config:
    config = Config()
    config.set_main_option("script_location", str(HERE))
    config.set_main_option("sqlalchemy.url", url.replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    return config


def upgrade(engine: Engine) -> None:
    """To the newest version; nothing when it is there already. One process at a time."""
    config = _config(engine.url.render_as_string(hide_password=False))
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "head")


def versions(engine: Engine) -> tuple[str | None, str | None]:
    """(the database's version, the newest there is); None for a database without tables."""
    with engine.connect() as connection:
        current = MigrationContext.configure(connection).get_current_revision()
    newest = ScriptDirectory.from_config(_config("sqlite://")).get_current_head()
    return current, newest


def revise(engine: Engine, message: str) -> None:
    """Write a new version from the difference between the tables and ``engine`` (for developers)."""
    config = _config(engine.url.render_as_string(hide_password=False))
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        command.revision(config, message=message, autogenerate=True)
