"""docs/commands.md, written from the commands themselves by ``script/reference``; a test keeps them alike."""

import sys
from collections.abc import Iterator

import click

HEAD = """\
# Commands

`script/dam` is the archive for a terminal: the same services as the pages, on the same database and stores.
Run it on the archive's machine, as the account that runs the archive, with the same [settings](settings.md).
It acts as the local administrator, or with `--as USER` as that account; both are recorded in the custody log.

Exit codes: 0 done; 1 refused, with a sentence on standard error; 2 misused; 3 done in part (`ingest`: some
files are not in). With `--json` there is one JSON document on standard output and nothing else.

The scripts beside it:

| Script | Does |
|---|---|
| `script/server` | sets up what is missing and starts the archive; Ctrl-C ends it |
| `script/setup` | sets up only |
| `script/worker` | sets up and starts workers for an archive that runs on another machine |
| `script/dam` | a command of this page |
| `script/test` | checks and tests everything; arguments go to pytest |
| `script/bench` | measures the archive beside its peers; `--json`, `--quick`, topics |
| `script/shots` | pictures of every page into `screenshots/` |
| `script/reference` | writes this page from the commands |
| `script/lock` | locks the Python requirements afresh |
"""


def reference(root: click.Command) -> str:
    """The whole page: one section a command, its arguments and options with their own words."""
    return HEAD + "".join(_sections(root, "dam"))


def _sections(command: click.Command, path: str) -> Iterator[str]:
    if not isinstance(command, click.Group) or path == "dam":
        yield _section(command, path)
    if isinstance(command, click.Group):
        context = click.Context(command, info_name=path)  # a group loads its commands when asked
        for name in command.list_commands(context):
            if found := command.get_command(context, name):
                yield from _sections(found, f"{path} {name}")


def _section(command: click.Command, path: str) -> str:
    context = click.Context(command, info_name=path)
    usage = " ".join([path, *command.collect_usage_pieces(context)])
    rows = [record for parameter in command.params if (record := _row(parameter, context))]
    table = "\n| Option | |\n|---|---|\n" + "".join(rows) if rows else ""
    said = "\n\n".join(" ".join(part.split()) for part in (command.help or "").split("\n\n"))
    return f"\n## {path}\n\n```\n{usage}\n```\n\n{said}\n{table}"


def _row(parameter: click.Parameter, context: click.Context) -> str | None:
    record = parameter.get_help_record(context)
    if record is None or not record[1]:  # the usage line names plain arguments
        return None
    names, words = (cell.replace("|", "\\|").strip() for cell in record)
    return f"| `{names}` | {words} |\n"


def main() -> int:
    from dam.cli.main import main as root  # the whole tree is wanted only here

    sys.stdout.write(reference(root))
    return 0


if __name__ == "__main__":
    sys.exit(main())
