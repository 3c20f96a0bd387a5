"""What every answer carries, what sessions are signed with, and where a sign-in may lead."""

from datetime import timedelta
from urllib.parse import urlsplit

from flask import Flask, Response, request
from flask_wtf.csrf import CSRFProtect
from werkzeug.middleware.proxy_fix import ProxyFix

from dam.errors import Unavailable
from dam.settings import Settings

# No inline script or style anywhere: what a photo's caption smuggles in does not run.
POLICY = "; ".join(
    [
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self' data: blob:",
        "media-src 'self' blob:",
        "font-src 'self'",
        "connect-src 'self'",
        "worker-src 'self' blob:",
        "manifest-src 'self'",
        "form-action 'self'",
        "frame-ancestors 'none'",
        "base-uri 'none'",
    ]
)
HEADERS = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=(), payment=(), usb=()",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}
YEAR = 365 * 86400


def set_up(app: Flask, settings: Settings) -> None:
    """Signing key, cookies, form tokens, headers, and as many trusted proxies as the settings say."""
    https = settings.address.startswith("https:")
    app.config.update(
        SECRET_KEY=signing_key(settings),
        SESSION_COOKIE_NAME="__Host-acervo" if https else "acervo",
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        SESSION_COOKIE_SECURE=https,
        SESSION_REFRESH_EACH_REQUEST=False,
        PERMANENT_SESSION_LIFETIME=timedelta(days=14),
        WTF_CSRF_CHECK_DEFAULT=False,  # doors.guard asks, for it knows who comes with a key
        WTF_CSRF_TIME_LIMIT=None,  # as long as the session: a page left open over lunch still works
        WTF_CSRF_SSL_STRICT=False,  # doors.guard compares Origin instead
        CHECK_FORMS=True,
        MAX_FORM_MEMORY_SIZE=8 * 1024**2,
        MAX_FORM_PARTS=2000,
    )
    CSRFProtect(app)
    app.after_request(lambda answer: _finish(answer, https))
    if settings.trusted_proxies:
        n = settings.trusted_proxies
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=n, x_proto=n, x_host=n)  # type: ignore[method-assign]


def signing_key(settings: Settings) -> str:
    """The key made at set-up, in a file of the data folder that only the archive's account reads."""
    path = settings.data_dir / "secret"
    try:
        key = path.read_text(encoding="ascii").strip()
    except FileNotFoundError:
        key = ""
    if len(key) < 32:
        raise Unavailable(
            "The signing key %(path)s is missing or too short. Start with script/server.", path=path
        )
    return key


def _finish(answer: Response, https: bool) -> Response:
    for name, value in HEADERS.items():
        answer.headers.setdefault(name, value)
    if https:
        answer.headers.setdefault("Strict-Transport-Security", f"max-age={YEAR}")
    # What a page shows is for the one who asked; no cache in between may keep it.
    answer.headers.setdefault("Cache-Control", "private, no-store")
    if request.path.startswith(("/liga/", "/l/")):
        # The address itself is the secret. ("no-referrer" would also take the Origin from its own form.)
        answer.headers["Referrer-Policy"] = "strict-origin"
    return answer


def own_path(wanted: str | None, otherwise: str = "/") -> str:
    """``wanted`` when it is a path of this site, else ``otherwise``: a sign-in never leads elsewhere.

    Browsers read ``/\\evil`` and ``//evil`` as another host, and drop tabs and line ends before they look.
    """
    if not wanted or not wanted.startswith("/") or wanted.startswith(("//", "/\\")):
        return otherwise
    if "\\" in wanted or any(ord(letter) < 0x21 or ord(letter) == 0x7F for letter in wanted):
        return otherwise
    try:
        parts = urlsplit(wanted)
    except ValueError:
        return otherwise
    return otherwise if parts.scheme or parts.netloc else wanted
