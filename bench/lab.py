"""What a laboratory's variants cost: `python bench/lab.py`, with 5,000 generated customers.

Seconds of the processor, those of processes that work in the background included. First one more quick
variant of a warm laboratory: until it is returned, and until all that a run keeps is there too. Then a sweep
of a hundred: five numbers of segments, two sets of features, five preparations, two models, with full
evidence for the best two. The plain way calls `sl.segment` for each; a few of them are measured, and the
others are taken to be alike.
"""

import argparse
import itertools
import statistics
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from resource import RUSAGE_CHILDREN, RUSAGE_SELF, getrusage
from typing import Any

import pandas as pd

import segmentlab as sl
from segmentlab.lab.experiment import opening
from segmentlab.modelling import learning

MOST_SEGMENT, MOST_SWEEP = 0.3, 120.0
VARIED = {
    "n_clusters": list(range(3, 8)),
    "features": [["rfm"], ["rfm", "rhythm"]],
    "prepare": ["log_standard", "standard", "robust", "winsorized", "quantile"],
    "model": ["kmeans", "hierarchical"],
}
COUNTED = ((opening, "describe"), (learning, "_transform"), (learning, "fit_model"))


def main() -> None:
    """Print both."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--customers", type=int, default=5_000)
    parser.add_argument("--plain", type=int, default=5, help="variants that are measured the plain way")
    options = parser.parse_args()
    shop = sl.make_shop(customers=options.customers)
    measure_one(shop)
    measure_sweep(shop, options.plain)


def measure_one(shop: pd.DataFrame) -> None:
    """One more variant, again and again."""
    lab = sl.Lab(shop, evaluate="quick")
    returned, whole = [], []
    for prepare, k in itertools.product(("log_standard", "standard"), range(3, 9)):
        begun = used()
        found = lab.segment(n_clusters=k, prepare=prepare)
        returned.append(used() - begun)
        assert found.tables
        whole.append(used() - begun)
    median = statistics.median(returned[1:])
    print(f"Lab.segment, quick, warm: {median:.2f} s, promised {MOST_SEGMENT} s", end="")
    print("" if median <= MOST_SEGMENT else "  MISSED")
    print(f"  with every table that a run keeps {statistics.median(whole[1:]):.2f} s")


def measure_sweep(shop: pd.DataFrame, plain: int) -> None:
    """A hundred variants in a laboratory, and some of them by themselves."""
    variants = [dict(zip(VARIED, values, strict=True)) for values in itertools.product(*VARIED.values())]
    few = variants[:: max(1, len(variants) // plain)][:plain]
    sl.segment(shop, evaluate="quick")  # what is imported
    alone = []
    for one in few:
        begun = used()
        sl.segment(shop, evaluate="standard", **one)
        alone.append(used() - begun)
    with counted() as calls:
        begun = used()
        lab = sl.Lab(shop, evaluate="standard")
        lab.sweep(**VARIED)
        swept = used() - begun
        lab.compare()  # waits for the evidence that is on its way
        lab.close()
        judged = used() - begun
    print(f"A sweep of {len(variants)}: {swept:.0f} s until the table is there, ", end="")
    print(f"{judged:.0f} s with the evidence of the best two, promised {MOST_SWEEP:.0f} s", end="")
    print("" if judged <= MOST_SWEEP else "  MISSED")
    print(
        f"  by sl.segment for each: {statistics.mean(alone) * len(variants):.0f} s, from {len(few)} of them"
    )
    print("  " + ", ".join(f"{name} {count}" for name, count in calls.items()))


@contextmanager
def counted() -> Iterator[Counter[str]]:
    """How often data is described, and stages are prepared and fitted, in this process."""
    calls: Counter[str] = Counter()
    before = [(module, name, getattr(module, name)) for module, name in COUNTED]

    def count(name: str, function: Callable[..., Any]) -> Callable[..., Any]:
        def wrapped(*arguments: Any, **named: Any) -> Any:  # noqa: ANN401
            calls[name] += 1
            return function(*arguments, **named)

        return wrapped

    for module, name, function in before:
        setattr(module, name, count(name, function))
    try:
        yield calls
    finally:
        for module, name, function in before:
            setattr(module, name, function)


def used() -> float:
    """Seconds that this process, and those that it has waited for, kept a core busy."""
    return sum(part for whose in (RUSAGE_SELF, RUSAGE_CHILDREN) for part in getrusage(whose)[:2])


if __name__ == "__main__":
    main()
