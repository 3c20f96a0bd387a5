"""One figure, its bound where the project promises one, and how both are printed."""

import json
import sys
from collections.abc import Sequence
from dataclasses import asdict, dataclass


@dataclass(frozen=True)
class Result:
    """``holds`` is None where nothing is promised. ``bound`` reads like "<= 0.5"."""

    name: str
    value: float
    unit: str
    bound: str | None = None

    @property
    def holds(self) -> bool | None:
        if self.bound is None:
            return None
        sign, limit = self.bound.split()
        return self.value <= float(limit) if sign == "<=" else self.value >= float(limit)


def tell(results: Sequence[Result], *, as_json: bool) -> None:
    """To standard output: a table for people, one object for programs."""
    if as_json:
        rows = [
            {**asdict(result), "value": round(result.value, 4), "holds": result.holds} for result in results
        ]
        json.dump({"results": rows}, sys.stdout, indent=2)
        print()
        return
    width = max((len(result.name) for result in results), default=0)
    for result in results:
        verdict = {None: "", True: "holds", False: "DOES NOT HOLD"}[result.holds]
        figure = f"{result.value:>10.3f} {result.unit:<12}"
        print(f"{result.name:<{width}}  {figure} {result.bound or '':<10} {verdict}")


def say(text: str) -> None:
    """Progress, on standard error."""
    print(text, file=sys.stderr, flush=True)
