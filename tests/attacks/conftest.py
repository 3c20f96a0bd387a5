"""What attacks need: a browser for each role, as the tests of pages have it."""

from tests.web.conftest import app, as_role, as_user, client, make_user, password_hash  # noqa: F401
from tests.web.finding import make_assets, rally  # noqa: F401
