"""What a segmentation found, as one object: customers, profiles, evidence, pages, and a way to score."""

from collections.abc import Collection
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from segmentlab.errors import ConfigError
from segmentlab.flow import FittedModel, Result, StepTimer, Table, add_products
from segmentlab.lab.config import Setup
from segmentlab.lab.experiment.provenance import collect_provenance, write_command
from segmentlab.lab.experiment.run_name import name_run
from segmentlab.report import (
    collect_notes,
    make_pictures,
    make_recipe,
    make_report,
    record_end,
    record_start,
    write_notebook_cards,
)
from segmentlab.transactions import Shop

if TYPE_CHECKING:
    from plotly.graph_objects import Figure

    from segmentlab.evaluation import Finding, Verdict
    from segmentlab.lab.experiment.opening import OpenedData

SAVED_ROWS = 5  # of features, which show what the model takes


class Segmentation:
    """What `segment` returns. Everything is computed; pages and figures are drawn when they are asked for.

    Attributes:
        setup: Everything that was chosen.

    Example:
        >>> import segmentlab as sl
        >>> found = sl.segment(sl.make_shop(customers=300), evaluate="quick", n_clusters=3)
        >>> found.profile["customers"].tolist()
        [43, 158, 99]
    """

    def __init__(self, result: Result, setup: Setup, steps: StepTimer, opened: "OpenedData") -> None:
        self._result = result
        self._has_products = result.products is not None
        self.setup = setup
        self._steps = steps
        self._opened = opened

    @property
    def result(self) -> Result:
        """The plain object of the core that all of this is made of; asked for, it has products too."""
        if not self._has_products:
            self._result = add_products(self._result, self._steps)
            self._has_products = True
        return self._result

    @property
    def customers(self) -> pd.DataFrame:
        """One row per customer: `customer_id`, `segment`, `name`, `confidence`, then the features."""
        return self._result.customers

    @property
    def labels(self) -> pd.Series:
        """The segment of each customer, by customer id; -1 is no segment."""
        return self.customers.set_index("customer_id")["segment"]

    @property
    def profile(self) -> pd.DataFrame:
        """One row per segment: name, sizes, shares, habits and features."""
        return self._result.profile

    @property
    def metrics(self) -> dict[str, float]:
        """Every number that was measured, by the name under which runs log it."""
        return dict(self._result.metrics)

    @property
    def verdict(self) -> "Verdict | None":
        """Whether there are gaps between the segments; none where nobody looked for them."""
        return self._result.judgement.verdict

    @property
    def checks(self) -> "list[Finding]":
        """What is wrong with the segments, with the evidence and what to do; empty when nothing is."""
        return list(self._result.judgement.checks)

    @property
    def notes(self) -> list[str]:
        """What can't be told, what comes from a sample, and what was decided when the data was read."""
        return [*self.result.described.about.notes, *collect_notes(self.result)]

    @property
    def tables(self) -> dict[str, pd.DataFrame]:
        """Every table that a run keeps, by its place without ending: `segments/profile`, `data/ledger`."""
        items = record_end(self.result, [], None, {})
        return {item.path.rsplit(".", 1)[0]: item.frame for item in items if isinstance(item, Table)}

    @property
    def command(self) -> str:
        """The command line that does the same. A table in memory has no path, so write it to a file first."""
        written = write_command(self.setup)
        return written.replace("data=memory", "data=file data.path=your_table.parquet")

    @property
    def name(self) -> str:
        """What a run of this is called."""
        return name_run(self.setup)

    def figure(self, name: str) -> "Figure":
        """Draw one figure of the report.

        Args:
            name: The figure's name, or a part of it that only one has: `sizes` for `segment_sizes`.

        Returns:
            A figure of Plotly.
        """
        drawn = {picture.name: picture for picture in make_pictures(self.result)}
        found = [name] if name in drawn else [each for each in drawn if name in each]
        if len(found) != 1:
            which = f"{' and '.join(found)} both match" if found else "there is no such figure"
            raise ConfigError(f"figure({name!r}): {which}. There are: {', '.join(drawn)}.")
        return drawn[found[0]].figure

    def report(self, path: str | Path) -> Path:
        """Write the report, one HTML page that opens anywhere, offline; `report="summary"` makes it shorter.

        Args:
            path: Where to; a file that is there is replaced.

        Returns:
            The path.
        """
        asked = self.setup.config.report
        extent = "full" if asked == "none" else asked
        _, page = make_report(self.result, collect_provenance(self.setup), extent)
        assert page is not None
        target = Path(path)
        target.touch(mode=0o600)  # it holds customers
        target.write_text(page, encoding="utf-8")
        return target

    def score(
        self,
        data: Any,  # noqa: ANN401
        *,
        as_of: str | None = None,
        accept: Collection[str] = (),
    ) -> pd.DataFrame:
        """Place customers, known or never seen, in these segments. Nothing is learnt from them.

        Args:
            data: Transactions like those that were segmented (or customers, where there were only
                customers): a DataFrame of pandas or Polars, a table of Arrow, or a path.
            as_of: The day as of which customers are described; the day after the last line when None.
            accept: How this data may differ from what was learnt from, by the words that an error says:
                `schema`, `currency`, `scale`, `id_shape`, `known`.

        Returns:
            `customer_id`, `segment`, `name`, `confidence`, `little_history`; with transactions, `revenue`.

        Raises:
            DataError: The data is of another shop; the message says what differs.
        """
        from segmentlab.lab.experiment.scoring import place_data

        scorer = self.result.segmenter.scorer_
        return place_data(
            make_recipe(self.result), scorer, data, self.setup, as_of, accept, lambda: self._shop
        )

    @property
    def _shop(self) -> Shop:
        sales = self._result.described.sales
        return Shop(None if sales is None else sales.books.get("shop"), self.labels.index)

    def save(self, folder: str | Path) -> Path:
        """Write the model into a folder, without a store; `segmentlab.load` reads it, and so does MLflow.

        Args:
            folder: A folder that is not there yet.

        Returns:
            The folder.
        """
        from segmentlab.lab.tracking import save_model

        example = self._result.described.features.frame.head(SAVED_ROWS)
        save_model(
            Path(folder),
            FittedModel(self._result.segmenter.scorer_, make_recipe(self._result), example),
            self._shop.facts,
        )
        return Path(folder)

    def log(self, uri: str | None = None, experiment: str | None = None) -> str:
        """Keep it as a run in MLflow, with report, figures, tables and model, as the command would.

        Args:
            uri: The store; that of the configuration (`mlruns/mlflow.db`, or MLFLOW_TRACKING_URI) when None.
            experiment: The experiment; `segmentlab` when None.

        Returns:
            The id of the run.
        """
        from segmentlab.lab.tracking import open_store

        tracking, origin = self.setup.config.tracking, collect_provenance(self.setup)
        tracker = open_store(uri or tracking.uri, experiment or tracking.experiment, artifacts=None)
        with tracker.run(self.name, {"segmentlab.command": origin.command}) as log:
            log.log(record_start(origin, self.result.described.about))
            files, page = make_report(self.result, origin, self.setup.config.report)
            log.log(record_end(self.result, files, page, self._steps.seconds))
        return log.run_id

    def __repr__(self) -> str:
        shares = [name for name in ("customer_share", "revenue_share") if name in self.profile]
        told = self.profile[["name", "customers", *shares]]
        return f"{self.name}\n{told.to_string(index=False, float_format='{:.1%}'.format)}"

    def _repr_html_(self) -> str:
        return write_notebook_cards(self.result, tuple(self.notes))
