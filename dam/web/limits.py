"""How often one may try: counted in Redis, and in memory while Redis is away."""

from flask import Flask, Response, request
from flask_limiter import Limiter
from flask_limiter.util import get_remote_address

from dam.services.sharing.links import digest_of
from dam.settings import Settings


def set_up(app: Flask, settings: Settings) -> None:
    """Failed sign-ins and link attempts, counted by sender and by name; nothing else is limited here."""
    limiter = Limiter(
        get_remote_address,
        storage_uri=storage_address(settings.redis_url),
        storage_options={"socket_connect_timeout": 1, "socket_timeout": 1},
        in_memory_fallback_enabled=True,
        key_prefix="dam",
        headers_enabled=False,
    )
    limiter.init_app(app)
    for endpoint, allowed, whose in (
        # One sender guessing at one name; one name guessed at from everywhere; one sender guessing at names.
        ("sessions.enter", "10 per 15 minutes", _sender_and_name),
        ("sessions.enter", "100 per hour", _name),
        ("sessions.enter", "60 per 15 minutes", get_remote_address),
        ("sessions.link", "30 per 15 minutes", get_remote_address),
        # One sender guessing at a link's password; everybody guessing at it.
        ("shared.unlock", "10 per 15 minutes", _sender_and_link),
        ("shared.unlock", "100 per hour", _link),
        ("account.password", "10 per 15 minutes", get_remote_address),
    ):
        limited = limiter.limit(allowed, key_func=whose, methods=["POST"], deduct_when=_refused)
        app.view_functions[endpoint] = limited(app.view_functions[endpoint])


def storage_address(redis_url: str) -> str:
    """The settings' address in the words of the ``limits`` library."""
    return f"redis+{redis_url}" if redis_url.startswith("unix://") else redis_url


def _name() -> str:
    return request.form.get("login", "").strip().lower()[:120]


def _sender_and_name() -> str:
    return f"{get_remote_address()} {_name()}"


def _link() -> str:
    token: str = (request.view_args or {}).get("token", "")
    return digest_of(token)  # what is counted lies in Redis and on its disk


def _sender_and_link() -> str:
    return f"{get_remote_address()} {_link()}"


def _refused(answer: Response) -> bool:
    return 400 <= answer.status_code < 500
