"""Settings, from DAM_* variables. The only reader of the environment; docs/settings.md explains each."""

import hashlib
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from dam.errors import Invalid

ROOT = Path(__file__).resolve().parent.parent
SOCKET_PATH_LIMIT = 100  # bytes; sun_path holds 108 on Linux


@dataclass(frozen=True)
class Settings:
    """Everything that can differ between two installations. Sizes in bytes, times in seconds."""

    data_dir: Path
    bind: str = "127.0.0.1"
    port: int = 8000
    public_url: str | None = None
    tls_cert: Path | None = None
    tls_key: Path | None = None
    trusted_proxies: int = 0
    database_url: str = ""
    redis_url: str = ""
    search: str = ""
    timezone: str = "America/Mexico_City"
    office_name: str = "Acervo"
    accent: str = "#c1121f"
    home_state: str = "15"
    language: str = "es_MX"
    web_threads: int = 24
    web_processes: int = 2
    photo_workers: int = 1
    any_workers: int = 1
    upload_limit: int = 64 * 1024**3
    upload_expiry: int = 14 * 86400
    bin_days: int = 30
    unseen_minors: str = "refuse"

    @property
    def originals_dir(self) -> Path:
        return self.data_dir / "originals"

    @property
    def renditions_dir(self) -> Path:
        return self.data_dir / "renditions"

    @property
    def uploads_dir(self) -> Path:
        return self.data_dir / "uploads"

    @property
    def index_dir(self) -> Path:
        return self.data_dir / "index"

    @property
    def search_engine(self) -> str:
        """``whoosh`` or ``postgres``; as a rule the engine that lies in the database, where there is one."""
        return self.search or ("whoosh" if self.database_url.startswith("sqlite") else "postgres")

    @property
    def run_dir(self) -> Path:
        """Sockets and process files: in the data folder, or in a short private path when that is too long or
        holds what means something in Redis's addresses and lists (blanks, %, #, ?, accents)."""
        inside = self.data_dir / "run"
        short = len(os.fsencode(inside / "sandbox-00000000.sock")) <= SOCKET_PATH_LIMIT
        if short and re.fullmatch(r"[A-Za-z0-9/._+@-]+", str(inside)):
            return inside
        digest = hashlib.sha256(os.fsencode(self.data_dir)).hexdigest()[:12]
        # Not tempfile's choice: everybody who opens this archive must come to the same place.
        return Path("/tmp") / f"dam-{os.getuid()}-{digest}"

    @property
    def private_redis(self) -> bool:
        """True when the archive starts its own Redis."""
        return self.redis_url == f"unix://{self.redis_socket}"

    @property
    def redis_socket(self) -> Path:
        return self.run_dir / "redis.sock"

    @property
    def address(self) -> str:
        """Where people open the archive, without a slash at the end."""
        scheme = "https" if self.tls_cert else "http"
        host = f"[{self.bind}]" if ":" in self.bind else self.bind
        return (self.public_url or f"{scheme}://{host}:{self.port}").rstrip("/")

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.timezone)


def from_environment(environ: Mapping[str, str] | None = None) -> Settings:
    """Read DAM_* variables. Raises Invalid, naming the variable, when a value cannot be used."""
    env = os.environ if environ is None else environ
    given: dict[str, object] = {}
    data_dir = Path(env.get("DAM_DATA_DIR") or ROOT / "var").expanduser().absolute()
    for name, kind in Settings.__annotations__.items():
        raw = env.get(f"DAM_{name.upper()}", "")
        if not raw or name == "data_dir":
            continue
        given[name] = _convert(name, kind, raw)
    given.setdefault("database_url", f"sqlite:///{data_dir / 'archive.sqlite3'}")
    if "database_url" in given:
        given["database_url"] = _with_driver(str(given["database_url"]))
    settings = Settings(data_dir=data_dir, **given)  # type: ignore[arg-type]
    if not settings.redis_url:
        settings = Settings(**{**settings.__dict__, "redis_url": f"unix://{settings.redis_socket}"})
    _check(settings)
    return settings


def _convert(name: str, kind: object, raw: str) -> object:
    if kind is int:
        try:
            return int(raw)
        except ValueError as error:
            raise Invalid(f"DAM_{name.upper()} must be a whole number, not {raw!r}.") from error
    if kind == Path | None:
        return Path(raw).expanduser().absolute()
    return raw


def _with_driver(url: str) -> str:
    """postgresql:// and postgres:// mean psycopg 3, the driver that is installed."""
    return re.sub(r"^postgres(ql)?://", "postgresql+psycopg://", url)


def _check(settings: Settings) -> None:
    try:
        ZoneInfo(settings.timezone)
    except (ZoneInfoNotFoundError, ValueError) as error:
        raise Invalid(f"DAM_TIMEZONE {settings.timezone!r} is not a zone of the tz database.") from error
    if not re.fullmatch(r"#[0-9a-fA-F]{6}", settings.accent):
        raise Invalid(f"DAM_ACCENT must be a colour such as #c1121f, not {settings.accent!r}.")
    if bool(settings.tls_cert) != bool(settings.tls_key):
        raise Invalid("DAM_TLS_CERT and DAM_TLS_KEY go together; one of them is missing.")
    if not 0 < settings.port < 65536:
        raise Invalid(f"DAM_PORT must lie between 1 and 65535, not {settings.port}.")
    if settings.language not in ("es_MX", "en"):
        raise Invalid(f"DAM_LANGUAGE must be es_MX or en, not {settings.language!r}.")
    if settings.unseen_minors not in ("refuse", "allow"):
        raise Invalid(f"DAM_UNSEEN_MINORS must be refuse or allow, not {settings.unseen_minors!r}.")
    if settings.search not in ("", "whoosh", "postgres"):
        raise Invalid(f"DAM_SEARCH must be whoosh or postgres, not {settings.search!r}.")
    if settings.search == "postgres" and settings.database_url.startswith("sqlite"):
        raise Invalid("DAM_SEARCH=postgres needs a PostgreSQL database: set DAM_DATABASE_URL.")
    if settings.photo_workers < 1 or settings.any_workers < 1:
        raise Invalid("DAM_PHOTO_WORKERS and DAM_ANY_WORKERS must each be at least 1.")
