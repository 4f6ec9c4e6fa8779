"""What goes together: how fast, in how much memory, the same as another library finds, and whether it lasts.

    SEGMENTLAB_DATA=... python bench/baskets.py [--with-mlxtend PYTHON] [--rounds 3] [--kept-back WORDS ...]

`--with-mlxtend` names a Python where mlxtend is installed, which is then asked for the same sets, in turns
with ours. `--kept-back` are other shops that have invoices, as run.py is told of them (data.path=shop.csv):
nothing was chosen by them.
"""

import argparse
import json
import os
import shlex
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from segmentlab.errors import DataError, SegmentLabError
from segmentlab.goods.basket_portrait import portray_baskets
from segmentlab.goods.basket_rules import BasketLimits
from segmentlab.goods.baskets import Baskets, gather_baskets
from segmentlab.lab.config.build import build_engine, build_plan, build_source
from segmentlab.lab.config.setup import compose_setup
from segmentlab.transactions import Dataset, clean_until

LOW, USUAL = 0.001, 0.005
THEIRS = """
import json, sys, time
import numpy as np, pandas as pd
from mlxtend.frequent_patterns import fpgrowth
with np.load(sys.argv[1]) as saved:
    basket, product, least = saved["basket"], saved["product"], float(sys.argv[2])
begin = time.process_time()
held = np.zeros((basket.max() + 1, product.max() + 1), dtype=bool)
held[basket, product] = True
found = fpgrowth(pd.DataFrame(held), min_support=least, max_len=3)
seconds = time.process_time() - begin
peak = next(int(line.split()[1]) for line in open("/proc/self/status") if line.startswith("VmHWM")) / 1024
sets = sorted([sorted(map(int, one)) for one in found["itemsets"]])
print(json.dumps({"seconds": seconds, "peak": peak, "sets": len(sets), "digest": hash(json.dumps(sets))}))
"""
OURS = """
import json, sys, time
import numpy as np
from scipy.sparse import csr_array
from segmentlab.goods.itemsets import find_frequent_sets
with np.load(sys.argv[1]) as saved:
    basket, product, least = saved["basket"], saved["product"], float(sys.argv[2])
begin = time.process_time()
matrix = csr_array((np.ones(len(basket), np.int32), (basket, product)))
found = find_frequent_sets(matrix, int(np.ceil(least * matrix.shape[0])))
seconds = time.process_time() - begin
peak = next(int(line.split()[1]) for line in open("/proc/self/status") if line.startswith("VmHWM")) / 1024
sets = sorted([*([one] for one in found.frequent.tolist()), *found.pairs.tolist(), *found.triples.tolist()])
kinds = [len(found.frequent), len(found.pairs), len(found.triples)]
told = {"seconds": seconds, "peak": peak, "sets": len(sets), "digest": hash(json.dumps(sets))}
print(json.dumps({**told, "kinds": kinds}))
"""


def main() -> None:
    """Online Retail II first, then the shops that were kept back."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--with-mlxtend", metavar="PYTHON")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--kept-back", nargs="*", default=[], metavar="WORDS")
    options = parser.parse_args()
    baskets = read_baskets(["data=online_retail_ii"])
    if options.rounds:
        measure_sets(baskets, options.with_mlxtend, options.rounds)
    judge_rules("Online Retail II", baskets)
    for told in options.kept_back:
        words = ["data=file", *shlex.split(told)]
        try:
            judge_rules(words[1], read_baskets(words))
        except SegmentLabError as error:
            print(f"{words[1]}: {error}", flush=True)


def read_baskets(words: Sequence[str]) -> Baskets:
    """The baskets that the usual cleaning leaves, and what gathering them takes."""
    config = compose_setup(words).config
    dataset = build_source(config).read(build_engine(config).connect())
    assert isinstance(dataset, Dataset)
    lines = clean_until(dataset, build_plan(config).cleaning, None)[0].transactions
    begin = time.process_time()
    found = gather_baskets(lines)
    if not isinstance(found, Baskets):
        raise DataError(found)
    print(f"{' '.join(words)}: {len(found.owners):,} baskets of {len(found.products):,} products, ", end="")
    print(f"gathered in {time.process_time() - begin:.1f} s of processor time", flush=True)
    return found


def measure_sets(baskets: Baskets, theirs: str | None, rounds: int) -> None:
    """Each in a process of its own, in turns: medians of processor time, and the peak of memory."""
    with tempfile.TemporaryDirectory() as folder:
        saved = Path(folder) / "baskets.npz"
        np.savez(saved, basket=baskets.basket, product=baskets.product)
        found: dict[str, list[dict[str, float]]] = {"ours": [], "mlxtend": []}
        for _ in range(rounds):
            found["ours"].append(ask(sys.executable, OURS, saved))
            if theirs:
                found["mlxtend"].append(ask(theirs, THEIRS, saved))
    for name, answers in found.items():
        if answers:
            seconds = statistics.median(one["seconds"] for one in answers)
            print(f"{name}: {answers[0]['sets']:,} sets at {LOW:.1%} {answers[0].get('kinds', '')}, ", end="")
            print(f"{seconds:.2f} s of processor time, peak {max(one['peak'] for one in answers):,.0f} MiB")
    if theirs:
        pairs = zip(found["mlxtend"], found["ours"], strict=True)
        ratio = statistics.median(one["seconds"] / own["seconds"] for one, own in pairs)
        same = found["ours"][0]["digest"] == found["mlxtend"][0]["digest"]
        print(f"mlxtend takes {ratio:.1f} times as long; the same sets: {same}", flush=True)


def ask(python: str, script: str, saved: Path) -> dict[str, float]:
    """What the script tells; equal sets have equal hashes, which Python salts unless it is told not to."""
    known = {**os.environ, "PYTHONHASHSEED": "0"}
    words = [python, "-c", script, str(saved), str(LOW)]
    done = subprocess.run(words, capture_output=True, text=True, check=True, env=known)
    told: dict[str, float] = json.loads(done.stdout)
    return told


def judge_rules(name: str, baskets: Baskets) -> None:
    """Rules learnt from the earlier half of the baskets, in the later half."""
    begin = time.process_time()
    found = portray_baskets(baskets, pd.Series(dtype="int64"), {}, BasketLimits(support=USUAL))
    row = found.parts.iloc[0]
    print(f"{name} at {USUAL:.1%}: {row['rules']:,} rules; of {row['followed']:,} learnt before ", end="")
    print(
        f"{row['later_from']}, {row.get('lift_held', float('nan')):.4f} have a lift above 1 later, ", end=""
    )
    print(f"{row.get('confidence_held', float('nan')):.4f} at least half of their confidence; ", end="")
    print(f"{time.process_time() - begin:.2f} s", flush=True)


if __name__ == "__main__":
    main()
