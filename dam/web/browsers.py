"""What a browser calls itself, in two words a person recognises."""

from flask import Flask
from flask_babel import gettext as _

# The first that occurs names it: most browsers also carry the names of the others.
PROGRAMS = (
    ("Edg", "Edge"), ("OPR", "Opera"), ("SamsungBrowser", "Samsung Internet"), ("Firefox", "Firefox"),
    ("FxiOS", "Firefox"), ("CriOS", "Chrome"), ("Chrome", "Chrome"), ("Safari", "Safari"),
)  # fmt: skip
MACHINES = (
    ("Android", "Android"), ("iPhone", "iPhone"), ("iPad", "iPad"), ("Windows", "Windows"),
    ("Macintosh", "Mac"), ("CrOS", "Chromebook"), ("Linux", "Linux"),
)  # fmt: skip


def browser_name(agent: str, otherwise: str = "") -> str:
    """ "Chrome, Android"; what cannot be told is ``otherwise``, else "Another browser"."""
    program = next((name for sign, name in PROGRAMS if sign in agent), None)
    machine = next((name for sign, name in MACHINES if sign in agent), None)
    return ", ".join(name for name in (program, machine) if name) or otherwise or _("Another browser")


def set_up(app: Flask) -> None:
    app.jinja_env.filters["browser_name"] = browser_name
