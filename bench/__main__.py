"""``python -m bench [ingest] [video] [search] [facts] [--json] [--quick]``."""

import argparse
import sys
from importlib import import_module

from bench.result import tell

TOPICS = ("ingest", "video", "search", "facts", "zip")
USUAL = ("ingest", "video", "facts")  # without a topic named; search takes minutes


def main() -> int:
    parser = argparse.ArgumentParser(prog="script/bench", description="Measure the archive beside its peers.")
    parser.add_argument(
        "topics", nargs="*", choices=[[], *TOPICS][1:], metavar="TOPIC", help=", ".join(TOPICS)
    )
    parser.add_argument("--json", action="store_true", help="one object on standard output")
    parser.add_argument("--quick", action="store_true", help="fewer files: a first impression")
    options = parser.parse_args()
    results = []
    for topic in options.topics or USUAL:
        measured = import_module(f"bench.{topic}").run(quick=options.quick)
        results += measured
        if not options.json:
            tell(measured, as_json=False)
    if options.json:
        tell(results, as_json=True)
    return 0 if all(result.holds is not False for result in results) else 1


if __name__ == "__main__":
    sys.exit(main())
