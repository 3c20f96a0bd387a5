"""Release: what waits for approval, what was withdrawn, and where everything went.

Whether something may leave is decided in ``dam.services.access.release``, and nowhere else.
"""

from dam.services.release.queueing import Waiting, count_waiting, waiting
from dam.services.release.reviewing import review, say_minors
from dam.services.release.withdrawing import reinstate, withdraw, withdrawn

__all__ = [
    "Waiting",
    "count_waiting",
    "reinstate",
    "review",
    "say_minors",
    "waiting",
    "withdraw",
    "withdrawn",
]
