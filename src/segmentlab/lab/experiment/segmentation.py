"""What a segmentation found, as one object: customers, profiles, evidence, pages, and a way to score."""

from collections.abc import Collection, Iterator, MutableMapping
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import pandas as pd

from segmentlab.errors import ConfigError
from segmentlab.flow import (
    FittedModel,
    FittedSegments,
    OwnEvidence,
    Result,
    StepTimer,
    Table,
    add_baskets,
    add_k_scan,
    add_products,
    add_stock,
    add_value,
    gather_own_evidence,
    judge_fitted,
    stream_own_evidence,
)
from segmentlab.lab.config import Setup
from segmentlab.lab.experiment.provenance import collect_provenance, write_command
from segmentlab.lab.experiment.run_name import name_run
from segmentlab.lab.experiment.sold_goods import SoldGoods
from segmentlab.lab.experiment.written_report import record_report, write_report
from segmentlab.report import (
    collect_notes,
    make_pictures,
    make_recipe,
    record_end,
    record_start,
    write_notebook_cards,
)
from segmentlab.transactions import Shop

if TYPE_CHECKING:
    from plotly.graph_objects import Figure

    from segmentlab.evaluation import Finding, Verdict
    from segmentlab.lab.experiment.background import BackgroundProcess, PendingEvidence
    from segmentlab.lab.experiment.opening import OpenedData

SAVED_ROWS = 5  # of features, which show what the model takes
PENDING = "Verdict and checks are on their way: show this again, or ask for `verdict`, which waits for them."
UNDRAWN = "Nothing was drawn yet, as with evaluate=quick: ask for `verdict` or `checks`."

# What decides the views over k, beside the customers: all of the model but k itself.
SCANNING_KEYS: Final = (
    "outliers",
    "one_time",
    "prepare",
    "projection",
    "model",
    "search",
    "evaluate",
    "seed",
)
KScans = MutableMapping[str, pd.DataFrame]  # by what decides them


class Segmentation(SoldGoods):
    """What `segment` returns. The segments are there at once; what is asked for beyond them waits for it.

    Evidence (`metrics`, `verdict`, `checks`) may still be drawn in the background of a `Lab`: `ready` says
    whether it is there. Products, other numbers of segments, pages and figures are made when they are asked
    for.

    Attributes:
        setup: Everything that was chosen.

    Example:
        >>> import segmentlab as sl
        >>> found = sl.segment(sl.make_shop(customers=300), evaluate="quick", n_clusters=3)
        >>> found.profile["customers"].tolist()
        [43, 158, 99]
    """

    def __init__(
        self, fitted: FittedSegments, setup: Setup, steps: StepTimer, opened: "OpenedData", scans: KScans
    ) -> None:
        self._fitted = fitted
        self.setup = setup
        self._steps = steps
        self._opened = opened
        self._scans = scans
        self._pending: PendingEvidence | None = None

    def judge(self, background: "BackgroundProcess | None" = None) -> None:
        """Gather the evidence: now, or from now on in the background where it is given."""
        if background is None or self._fitted.is_quick:
            _ = self._judged
        elif self._pending is None:
            self._pending = background.gather(self._fitted, self.name)

    def stream_evidence(self, background: "BackgroundProcess | None") -> Iterator[tuple[str, OwnEvidence]]:
        """The evidence kind after kind, from the background where it is given."""
        if background is None or self._fitted.is_quick:
            return stream_own_evidence(self._fitted)
        return background.stream(self._fitted)

    def judge_by(self, own: OwnEvidence, *, keep: bool = False) -> Result:
        """Judged by evidence that somebody has gathered; all of it is kept."""
        result = judge_fitted(self._fitted, own, self._steps)
        if keep:
            self._judged = result
        return result

    @property
    def ready(self) -> bool:
        """Whether all evidence is there; if not, whoever asks for it waits."""
        return "_judged" in vars(self) or (self._pending is not None and self._pending.ready)

    @cached_property
    def _judged(self) -> Result:
        pending = self._pending
        own = gather_own_evidence(self._fitted, self._steps) if pending is None else pending.wait(self._steps)
        return judge_fitted(self._fitted, own, self._steps)

    @cached_property
    def _quick(self) -> Result:
        """The same, judged by what one look tells."""
        quick, steps = self._fitted.make_quick(UNDRAWN if self._pending is None else PENDING), StepTimer()
        return judge_fitted(quick, gather_own_evidence(quick, steps), steps)

    @property
    def asked(self) -> bool:
        """Whether its evidence was asked for; a sweep asks for that of its best alone."""
        return self._fitted.is_quick or self._pending is not None or "_judged" in vars(self)

    @property
    def known(self) -> Result:
        """Judged by its evidence where that was asked for, else by what one look tells."""
        return self._judged if self.asked else self._quick

    @cached_property
    def _described(self) -> Result:
        return add_products(self._judged, self._steps)

    @cached_property
    def _foreseen(self) -> Result:
        return add_value(self._described, self._steps)

    @cached_property
    def result(self) -> Result:
        """The plain object of the core that all of this is made of, with all that a run has."""
        key = self._opened.make_key(self.setup.config, SCANNING_KEYS)
        shared = getattr(self._fitted.plan.model, "can_refit", True)  # those made elsewhere have no other k
        known = self._scans.get(key) if shared else None
        stocked = add_stock(self._foreseen, self._steps)
        result = add_k_scan(stocked, self._steps, None if known is None else lambda: known)
        if shared and result.k_scan is not None:
            self._scans[key] = result.k_scan
        return add_baskets(result, lambda: self._opened.read(self.setup), self._steps)

    @property
    def customers(self) -> pd.DataFrame:
        """One row per customer: `customer_id`, `segment`, `name`, `confidence`, then the features."""
        return self._fitted.customers

    @property
    def labels(self) -> pd.Series:
        """The segment of each customer, by customer id; -1 is no segment."""
        return self.customers.set_index("customer_id")["segment"]

    @property
    def profile(self) -> pd.DataFrame:
        """One row per segment: name, sizes, shares, habits and features."""
        return self._fitted.portrait.profile

    @property
    def value(self) -> pd.DataFrame:
        """What to expect of each customer, who is expected to spend most first.

        The segment; `alive`, the probability that they have not left; their own usual `gap` in days, how many
        of these they are `late` by, and `next_order`, the day by which half of such customers come; for each
        horizon, such as 90 days, `buys_90`, the probability of an order, and `orders_90` and `spend_90` with
        the ends of 90 % intervals, `spend_90_low` and `spend_90_high`. Spend is net of refunds. `notes` say
        what can't be told. Empty where nothing can: there are no transactions, or nobody kept anything.

        Example:
            >>> import segmentlab as sl
            >>> found = sl.segment(sl.make_shop(customers=300), evaluate="quick", n_clusters=3)
            >>> first = found.value.iloc[0]
            >>> bool(0 <= first["alive"] <= 1), bool(first["spend_90_low"] <= first["spend_90"])
            (True, True)
        """
        return self._foreseen.value

    @property
    def metrics(self) -> dict[str, float]:
        """Every number that was measured, by the name under which runs log it."""
        judged_later = self._fitted.described.past is not None  # recommendations are, too
        return dict((self._described if judged_later else self._judged).metrics)

    @property
    def verdict(self) -> "Verdict | None":
        """Whether there are gaps between the segments; none where nobody looked for them."""
        return self._judged.judgement.verdict

    @property
    def checks(self) -> "list[Finding]":
        """What is wrong with the segments, with the evidence and what to do; empty when nothing is."""
        return list(self._judged.judgement.checks)

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
            path: Where to; a file that is there is replaced. A path that ends in `.pptx` gets slides.

        Returns:
            The path.
        """
        return write_report(self.result, self.setup, Path(path))

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
                `schema`, `currency`, `scale`, `id_shape`, `known`, `fresh`, `volume`, `refunds`.

        Returns:
            `customer_id`, `segment`, `name`, `confidence`, `little_history`; with transactions, `revenue`,
            and what to expect by the laws of this shop: `state`, `alive`, `buys`, `expected`, `next_order`,
            `late`.

        Raises:
            DataError: The data is of another shop; the message says what differs.
        """
        from segmentlab.lab.experiment.scoring import place_data

        scorer = self._fitted.segmenter.scorer_
        return place_data(
            make_recipe(self._fitted), scorer, data, self.setup, as_of, accept, lambda: self._shop
        )

    @property
    def _shop(self) -> Shop:
        sales = self._fitted.described.sales
        return Shop(None if sales is None else sales.books.get("shop"), self.labels.index)

    def save(self, folder: str | Path) -> Path:
        """Write the model into a folder, without a store; `segmentlab.load` reads it, and so does MLflow.

        Args:
            folder: A folder that is not there yet.

        Returns:
            The folder.
        """
        from segmentlab.lab.tracking import save_model

        example = self._fitted.described.features.frame.head(SAVED_ROWS)
        save_model(
            Path(folder),
            FittedModel(self._fitted.segmenter.scorer_, make_recipe(self._fitted), example),
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
            log.log(record_report(self.result, self.setup, self._steps.seconds))
        return log.run_id

    def __repr__(self) -> str:
        shares = [name for name in ("customer_share", "revenue_share") if name in self.profile]
        told = self.profile[["name", "customers", *shares]]
        return f"{self.name}\n{told.to_string(index=False, float_format='{:.1%}'.format)}"

    def _repr_html_(self) -> str:
        if self.ready:
            return write_notebook_cards(self.result, tuple(self.notes))
        return write_notebook_cards(self._quick, tuple(self._quick.judgement.evidence.notes))
