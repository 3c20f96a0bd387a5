"""The web application: ``gunicorn 'app:create_app()'``. Nothing happens at import."""

from flask import Flask

from dam.bootstrap import build
from dam.settings import from_environment
from dam.web import make_app


def create_app() -> Flask:
    """The application on the archive that the environment describes."""
    return make_app(build(from_environment()))
