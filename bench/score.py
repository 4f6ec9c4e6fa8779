"""What scoring costs: the placing and writing of a million customers, and a log from its lines to a file.

    python bench/score.py [--customers 1000000] [--log-customers 200000] [--worlds DIR]

Each in a fresh process, which watches its own memory. The promise: a million customers within 4 GiB. A log of
200,000 customers has 10 million lines; it is scored by the command itself, with a model of 5,000 customers.
"""

import argparse
import sys
import tempfile
from pathlib import Path

from mlflow import MlflowClient

from segmentlab.lab.config.folders import ROOT
from side_by_side import Work, seconds

PEAK = 4.0
SETUP = """
import numpy as np, pandas as pd
from pathlib import Path
from sklearn.cluster import KMeans
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer, StandardScaler
from segmentlab.modelling.preparation import SignedLog
from segmentlab.modelling.segmenter import Segmenter
from segmentlab.lab.outputs.manifest import OUTPUT_COLUMNS
from segmentlab.lab.outputs.file import OutputFile
rng = np.random.default_rng(0)
ids = pd.Index([f"customer {{number}}" for number in range({customers})], name="customer_id")
names = ["rfm_recency", "rfm_frequency", "rfm_monetary"]
features = pd.DataFrame(rng.lognormal(3, 1, (len(ids), 3)), columns=names, index=ids)
flow = make_pipeline(SignedLog(), StandardScaler()), FunctionTransformer(), KMeans(5, n_init=1)
scorer = Segmenter(*flow).fit(features.head(20_000)).scorer_
"""
PLACED = "scored = scorer.assign(features).assign(little_history=False).reset_index()[OUTPUT_COLUMNS]"
WRITTEN = "OutputFile(Path('{folder}', 'scored.{ending}'), True).write(scored, {{}})"
# The command in this process, for it to be watched; with the engine's own limit, as `large_log.py` has it.
SCORE = """
import sys
sys.argv = ["score.py", *{arguments!r}]
exec(compile(open({script!r}).read(), {script!r}, "exec"), {{"__name__": "__main__", "__file__": {script!r}}})
"""


def main() -> None:
    """Print a line per work."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--customers", type=int, default=1_000_000)
    parser.add_argument("--log-customers", type=int, default=200_000, help="about 50 lines each")
    parser.add_argument("--worlds", help="where generated logs are; a temporary folder by default")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        features_to_file(folder, options.customers)
        worlds = options.worlds or f"{folder}/worlds"
        log_to_file(Path(folder), f"data.folder={worlds}", options.log_customers)


def features_to_file(folder: str, customers: int) -> None:
    """Features in memory to a file: blocks of a hundred thousand are placed one after the other."""
    setup = SETUP.format(customers=customers)
    for ending in ("parquet", "csv"):
        work = Work(setup, f"{PLACED}\n{WRITTEN.format(folder=folder, ending=ending)}")
        told(f"{customers:,} customers' features to {ending}", work)


def log_to_file(folder: Path, shop: str, customers: int) -> None:
    """From lines to scores, by the command, after a run on a small shop whose model it takes."""
    store = f"tracking.uri=sqlite:///{folder / 'mlflow.db'}"
    small = [store, shop, f"cache_folder={folder / 'cache'}", "evaluate=quick", "report=none"]
    seconds([sys.executable, str(ROOT / "src" / "run.py"), *small])
    client = MlflowClient(f"sqlite:///{folder / 'mlflow.db'}")
    experiment = client.get_experiment_by_name("segmentlab")
    run = client.search_runs([experiment.experiment_id])[0].info.run_id
    arguments = [
        store, shop, f"model_uri={run}", f"data.customers={customers}", f"output={folder / 'log.parquet'}",
        f"history=duckdb:///{folder / 'history.duckdb'}", "engine.memory_limit=2GiB",
    ]  # fmt: skip
    work = Work("", SCORE.format(arguments=arguments, script=str(ROOT / "src" / "score.py")))
    work.watched()  # the first one may have to generate the log
    told(f"a log of {customers:,} customers, from its lines", work)


def told(what: str, work: Work) -> None:
    """One measured line."""
    cost = work.watched()
    verdict = "ok" if cost.peak <= PEAK else "MISSED"
    print(f"{what:<64} {cost.seconds:7.1f} s  {cost.peak:5.2f} GiB  {verdict}", flush=True)


if __name__ == "__main__":
    main()
