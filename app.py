"""The web application: ``gunicorn 'app:create_app()'``. Nothing happens at import."""

import gc
import logging

from flask import Flask

from dam.bootstrap import build
from dam.settings import from_environment
from dam.web import make_app
from dam.web.addresses import keep_out_of


def create_app() -> Flask:
    """The application on the archive that the environment describes."""
    keep_out_of(logging.getLogger("gunicorn.error"))  # it names the address whose answer broke off
    app = make_app(build(from_environment()))
    gc.collect()
    gc.freeze()  # what was loaded stays; looking through it for garbage took 0.1 s of some page
    return app
