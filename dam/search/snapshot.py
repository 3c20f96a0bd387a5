"""The columns on disk, beside the index they belong to: a new process reads them in milliseconds and then
learns only what changed since, instead of reading every row of the database."""

import json
import zipfile
from pathlib import Path

import numpy as np

from dam.search.columns import LISTS, NUMBERS, TEXTS, Columns, Names, Pairs

PAIRS = ("events", "districts", "officials", *LISTS)
NAMED = (*TEXTS, *LISTS)


def save(columns: Columns, file: Path) -> None:
    """Write ``columns`` so that a reader sees the whole file or the one before."""
    arrays: dict[str, np.ndarray] = {"seq": np.array(columns.seq), "alive": columns.alive}
    arrays |= {f"number_{name}": columns.numbers[name] for name in NUMBERS}
    arrays |= {f"text_{name}": columns.coded[name] for name in TEXTS}
    for name in PAIRS:
        pairs: Pairs = getattr(columns, name)
        arrays |= {f"{name}_{part}": getattr(pairs, part) for part in ("assets", "values", "flags")}
    shown = json.dumps({name: columns.names[name].shown for name in NAMED}).encode()
    beside = file.with_suffix(".part")
    with beside.open("wb") as written:
        np.savez(written, names=np.frombuffer(shown, np.uint8), **arrays)
    beside.rename(file)


def load(file: Path) -> Columns | None:
    """What ``save`` wrote, or None when there is nothing that can be used."""
    try:
        with np.load(file, allow_pickle=False) as read:
            shown = json.loads(read["names"].tobytes())
            return Columns(
                seq=int(read["seq"]),
                size=len(read["alive"]),
                alive=read["alive"],
                numbers={name: read[f"number_{name}"] for name in NUMBERS},
                coded={name: read[f"text_{name}"] for name in TEXTS},
                names={name: Names.of(shown[name]) for name in NAMED},
                **{
                    name: Pairs(*(read[f"{name}_{part}"] for part in ("assets", "values", "flags")))
                    for name in PAIRS
                },
            )
    except (OSError, ValueError, KeyError, TypeError, EOFError, zipfile.BadZipFile):
        return None
