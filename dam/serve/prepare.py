"""``python -m dam.serve.prepare``: brings folders, tables and places up to date, before anything serves.

Prints the one-use link for the first administrator, where there is none yet.
"""

import sys

from dam import bootstrap
from dam.errors import DamError
from dam.services.accounts import links
from dam.services.ingest import leases
from dam.settings import from_environment


def main() -> int:
    try:
        settings = from_environment()
        archive = bootstrap.build(settings)
        bootstrap.prepare(archive)
        with archive.transaction() as tx:
            if archive.database.engine.dialect.name == "sqlite":  # no other machine can be at work
                leases.give_back_cut_work(tx, archive.clock())
            token = links.first_run_link(tx)
    except DamError as error:
        print(error.message, file=sys.stderr)
        return 1
    if token:
        print(f"{settings.address}/liga/{token}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
