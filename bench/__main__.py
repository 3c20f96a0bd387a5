"""``python -m bench [ingest] [video] [search] [facts] [raw] [--json] [--quick]``."""

import argparse
import sys
from importlib import import_module

from bench.result import tell

TOPICS = ("deliver", "ingest", "video", "search", "facts", "raw", "zip")
USUAL = ("ingest", "video", "facts", "raw")  # without a topic named; search takes minutes


def main() -> int:
    parser = argparse.ArgumentParser(prog="script/bench", description="Measure the archive beside its peers.")
    parser.add_argument(
        "topics", nargs="*", choices=[[], *TOPICS][1:], metavar="TOPIC", help=", ".join(TOPICS)
    )
    parser.add_argument("--json", action="store_true", help="one object on standard output")
    parser.add_argument("--quick", action="store_true", help="fewer files: a first impression")
    parser.add_argument("--assets", type=int, metavar="N", help="search: as large a catalogue (100000)")
    parser.add_argument(
        "--database", choices=("sqlite", "postgresql"), default="sqlite", help="search: in which"
    )
    options = parser.parse_args()
    results = []
    for topic in options.topics or USUAL:
        more = {"assets": options.assets, "database": options.database} if topic == "search" else {}
        measured = import_module(f"bench.{topic}").run(quick=options.quick, **more)
        results += measured
        if not options.json:
            tell(measured, as_json=False)
    if options.json:
        tell(results, as_json=True)
    return 0 if all(result.holds is not False for result in results) else 1


if __name__ == "__main__":
    sys.exit(main())
