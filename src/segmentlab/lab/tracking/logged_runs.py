"""Reads runs back from the store: their values page by page, and the few files that a comparison needs."""

import difflib
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Final

from segmentlab.errors import ConfigError, StoreError
from segmentlab.evaluation import LoggedRun
from segmentlab.lab.names import replace_paths
from segmentlab.lab.tracking.experiments import is_part, list_failed_places
from segmentlab.lab.tracking.local_store import read_schema_revision
from segmentlab.lab.tracking.tracker import MlflowTracker
from segmentlab.lab.tracking.trouble import explain_store_errors
from segmentlab.redaction import redact_text

if TYPE_CHECKING:
    import pandas as pd
    from mlflow.entities import Run

    from segmentlab.transactions import CrowdFiles, CrowdRules, Shop


RUNS_PER_PAGE = 1_000
PARENT_TAG = "mlflow.parentRunId"
CUSTOMERS_FILE = "segments/customers.parquet"
RECOMMENDATIONS_FILE = "segments/recommendations.parquet"
SHOP_FILE = "tables/books_shop.csv"  # which shop the run is of
MEMBERSHIP_COLUMNS = ("customer_id", "segment", "name")
FINISHED_FILTER = "attributes.status = 'FINISHED'"
FILTER_ADVICE = (
    "A filter is written as MLflow writes it, in quotes for the shell and for Hydra: "
    r"""filter="'params.model = \"kmeans\"'". Look also whether the store is still there."""
)


def check_store_exists(uri: str) -> None:
    """Opening a local store makes it where it is missing; one without runs has nothing to compare."""
    from sqlalchemy import make_url
    from sqlalchemy.exc import ArgumentError

    try:
        address = make_url(uri)
    except ArgumentError:
        return  # opening it will say what is wrong
    local = address.database if address.get_backend_name() == "sqlite" else None
    if local and read_schema_revision(Path(local).resolve()) is None:
        raise StoreError(f"There is no store at {redact_text(uri)}. Make a run first, or set tracking.uri.")


def read_runs(tracker: MlflowTracker, wanted: str | None, *, children: bool = False) -> list[LoggedRun]:
    """The finished segmentations that the filter keeps, and trials of studies if they are asked for."""
    asked = FINISHED_FILTER if wanted is None else f"{FINISHED_FILTER} and {wanted}"
    with explain_store_errors("The runs can't be read", FILTER_ADVICE):
        runs = [_make_logged_run(run) for run in _read_pages(tracker, asked)]
    return [run for run in runs if run.is_segmentation or (children and PARENT_TAG in run.tags)]


def read_failed(tracker: MlflowTracker) -> list[LoggedRun]:
    """The segmentations that came to nothing, the newest first."""
    with explain_store_errors("The runs can't be read", FILTER_ADVICE):
        places = list_failed_places(tracker.client, tracker.experiment_id)
        runs = [_make_logged_run(run) for run in _read_pages(tracker, "attributes.status = 'FAILED'", places)]
    return [run for run in runs if run.is_segmentation]


def read_run(tracker: MlflowTracker, run_id: str) -> LoggedRun:
    """One run, whatever experiment it belongs to."""
    with explain_store_errors(f"Run {run_id} can't be read", "Look whether it is still in the store."):
        return _make_logged_run(tracker.client.get_run(run_id))


SHORTEST_ID: Final = 6
SHOWN_RUNS: Final = 6


def find_run(runs: Sequence[LoggedRun], wanted: str, key: str = "runs") -> LoggedRun:
    """The run of that id, or of an id that begins so, or of that name; `key` is where it was asked for."""
    found = [run for run in runs if wanted in (run.run_id, run.name)]
    if not found and len(wanted) >= SHORTEST_ID:
        found = [run for run in runs if run.run_id.startswith(wanted)]
    if len(found) == 1:
        return found[0]
    if found:
        from segmentlab.report import SHOWN_ID

        ids = ", ".join(run.run_id[:SHOWN_ID] for run in found[:SHOWN_RUNS])
        raise ConfigError(f"{key}: {len(found):,} runs are called '{wanted}'. Name one by its id: {ids}.")
    near = difflib.get_close_matches(wanted, {run.name for run in runs}, n=1)
    hint = f" Did you mean '{near[0]}'?" if near else ""
    raise ConfigError(f"{key}: no finished run among {len(runs):,} has the id or the name '{wanted}'.{hint}")


def read_segment_customers(
    tracker: MlflowTracker, run: LoggedRun, columns: Sequence[str] | None = MEMBERSHIP_COLUMNS
) -> "pd.DataFrame":
    """Who is in which segment of a run; with `columns=None` all that the run tells of each customer."""
    import pandas as pd

    with (
        TemporaryDirectory(prefix="segmentlab-") as folder,
        explain_store_errors(
            f"The customers of run '{run.name}' can't be read", f"Look for {CUSTOMERS_FILE} in it."
        ),
    ):
        path = tracker.client.download_artifacts(run.run_id, CUSTOMERS_FILE, folder)
        return pd.read_parquet(path, columns=None if columns is None else list(columns))


def read_table(tracker: MlflowTracker, run_id: str, path: str) -> "pd.DataFrame":
    """One of the CSV files that a run keeps."""
    import pandas as pd

    with (
        TemporaryDirectory(prefix="segmentlab-") as folder,
        explain_store_errors(f"{path} of run {run_id} can't be read", f"Look for {path} in it."),
    ):
        return pd.read_csv(tracker.client.download_artifacts(run_id, path, folder))


def read_recommendations(
    tracker: MlflowTracker, run_id: str, customer_id: str | None = None
) -> "pd.DataFrame | None":
    """What a run recommends to each customer, or to one; nothing of a run that recommends nothing."""
    import pandas as pd

    if not has_run_file(tracker, run_id, RECOMMENDATIONS_FILE):
        return None
    with (
        TemporaryDirectory(prefix="segmentlab-") as folder,
        explain_store_errors(
            f"What run {run_id} recommends can't be read", f"Look for {RECOMMENDATIONS_FILE} in it."
        ),
    ):
        path = tracker.client.download_artifacts(run_id, RECOMMENDATIONS_FILE, folder)
        wanted = None if customer_id is None else [("customer_id", "==", customer_id)]
        return pd.read_parquet(path, filters=wanted)


def read_experiments(tracker: MlflowTracker) -> dict[str, MlflowTracker]:
    """Every experiment that may have segmentations, of the store that a tracker is of, by its name."""
    with explain_store_errors("The experiments can't be read", "Look whether the store is still there."):
        found = tracker.client.search_experiments()
    return {
        one.name: MlflowTracker(tracker.client, one.experiment_id) for one in found if not is_part(one.name)
    }


def read_customer_ids(tracker: MlflowTracker, run_id: str) -> "pd.Index":
    """The customers that a run learnt from."""
    import pandas as pd

    with (
        TemporaryDirectory(prefix="segmentlab-") as folder,
        explain_store_errors(
            f"The customers of run {run_id} can't be read", f"Look for {CUSTOMERS_FILE} in it."
        ),
    ):
        path = tracker.client.download_artifacts(run_id, CUSTOMERS_FILE, folder)
        customers: pd.Index = pd.read_parquet(path, columns=["customer_id"]).set_index("customer_id").index
        return customers


def read_shop(tracker: MlflowTracker, run_id: str) -> "Shop":
    """What a run keeps of the shop that it is of: of earlier versions, or where files were deleted, less.

    A file that is not there is no trouble, and a store that does not answer is: nothing is compared then.
    """
    known = has_run_file(tracker, run_id, CUSTOMERS_FILE)
    facts = read_shop_facts(tracker, run_id)
    return replace(facts, customers=read_customer_ids(tracker, run_id) if known else None)


def read_shop_facts(tracker: MlflowTracker, run_id: str) -> "Shop":
    """The same without its customers, who may be very many."""
    from segmentlab.transactions import Shop

    return Shop(read_table(tracker, run_id, SHOP_FILE) if has_run_file(tracker, run_id, SHOP_FILE) else None)


def fetch_crowd(tracker: MlflowTracker, run_id: str, rules: "CrowdRules") -> "CrowdFiles | None":
    """The customers of a run as files that every machine of a cluster finds; nothing where there are none."""
    from segmentlab.transactions import CrowdFiles, CrowdFolder

    if not has_run_file(tracker, run_id, CUSTOMERS_FILE):
        return None
    folder = CrowdFolder.make(rules.folder)
    with explain_store_errors(
        f"The customers of run {run_id} can't be read", f"Look for {CUSTOMERS_FILE} in it."
    ):
        path = tracker.client.download_artifacts(run_id, CUSTOMERS_FILE, str(folder.path))
    return CrowdFiles(Path(path), folder, rules)


def has_run_file(tracker: MlflowTracker, run_id: str, path: str) -> bool:
    """A version that was registered by hand may have no run."""
    if not run_id:
        return False
    with explain_store_errors(
        f"The files of run {run_id} can't be listed", "Look whether it is still there."
    ):
        found = tracker.client.list_artifacts(run_id, path.rpartition("/")[0])
    return any(file.path == path for file in found)


def _read_pages(tracker: MlflowTracker, asked: str, places: Sequence[str] | None = None) -> "Iterator[Run]":
    """The runs of the tracker's experiment, or of those places, the newest first."""
    token = None
    while True:
        page = tracker.client.search_runs(
            list(places or [tracker.experiment_id]), asked, max_results=RUNS_PER_PAGE, page_token=token
        )
        yield from page
        token = page.token
        if not token:
            return


def _make_logged_run(run: "Run") -> LoggedRun:
    """Classes are called by their names, so that a choice is the same whichever version logged it."""
    data = run.data
    params = {key: replace_paths(value) for key, value in data.params.items()}
    return LoggedRun(run.info.run_id, run.info.run_name or "", params, data.metrics, data.tags)
