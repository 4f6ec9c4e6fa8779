"""What a store keeps, from Python: its runs as one tidy table, and its models ready to score."""

from collections.abc import Callable, Collection, Mapping
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import pandas as pd

from segmentlab.evaluation import MEASURES, LoggedRun
from segmentlab.flow import Recipe
from segmentlab.lab.config import Setup, compose_setup, parse_date
from segmentlab.lab.experiment.scoring import place_data
from segmentlab.modelling import Scorer
from segmentlab.transactions import Shop

if TYPE_CHECKING:
    from segmentlab.campaigns import CampaignPlan, CampaignResult

# The choices of a run that people speak of, by plain names.
CHOICES: Final = ("data", "features", "prepare", "projection", "model", "evaluate")


class Model:
    """Segments that were learnt before: a model of the registry or of a run, ready to place customers.

    Attributes:
        address: Where it was found.
        scorer: The fitted object of the core.
        recipe: How customers are described for it.

    Example:
        >>> import segmentlab as sl
        >>> shop = sl.make_shop(customers=300)
        >>> model = sl.load(sl.segment(shop, evaluate="quick", n_clusters=3).save("to_score"))
        >>> len(model.score(sl.make_shop(customers=50, seed=1)))
        50
    """

    def __init__(
        self,
        address: str,
        scorer: Scorer,
        recipe: Recipe,
        setup: Setup | None = None,
        read_shop: Callable[[], Shop] = Shop,
    ) -> None:
        self.address = address
        self.scorer = scorer
        self.recipe = recipe
        self._setup = setup
        self._read_shop = read_shop  # when it is asked for: the customers of a run may be many

    @property
    def segments(self) -> dict[int, str]:
        """The names of its segments by their numbers; -1 is noise."""
        return dict(self.scorer.names)

    @property
    def features(self) -> list[str]:
        """The features that it takes."""
        return list(self.scorer.features)

    def score(
        self,
        data: Any,  # noqa: ANN401
        *,
        as_of: str | None = None,
        accept: Collection[str] = (),
    ) -> pd.DataFrame:
        """Place customers, known or never seen. Nothing is learnt from them.

        Args:
            data: Transactions (or customers, where it was learnt from customers alone): a DataFrame of pandas
                or Polars, a table of Arrow, a path, or the name of a data set.
            as_of: The day as of which customers are described; the day after the last line when None.
            accept: How this data may differ from what was learnt from, by the words that an error says:
                `schema`, `currency`, `scale`, `id_shape`, `known`, `fresh`, `volume`, `refunds`.

        Returns:
            `customer_id`, `segment`, `name`, `confidence`, `little_history`; with transactions, `revenue`,
            and `state`, `alive`, `buys`, `expected`, `next_order`, `late` where the model knows the laws
            of its shop.

        Raises:
            DataError: The data is of another shop; the message says what differs.
        """
        return place_data(self.recipe, self.scorer, data, self._setup, as_of, accept, self._read_shop)

    def plan_campaign(
        self,
        data: Any,  # noqa: ANN401
        *,
        as_of: str | None = None,
        taken: Collection[str] = (),
        **choices: Any,  # noqa: ANN401
    ) -> "CampaignPlan":
        """Choose whom to contact and whom to leave alone. Nothing is kept: keep the plan and its people.

        Args:
            data: Transactions, as `score` takes them.
            as_of: The day on which it begins; the day after the last line when None.
            taken: Customers who are in another campaign of these days.
            **choices: By the names of the command (docs/campaigns.md): `name`, `goal`, `budget`, `cost`,
                `margin`, `control`, `days`, `per`, `seed`.

        Returns:
            The plan: `people` with their `group`, `list_parts()`, `smallest`, the smallest effect that can be
            seen, and `rehearsal.cap`.

        Raises:
            DataError: The goal is about nobody, or nobody is worth a contact.

        Example:
            >>> import segmentlab as sl
            >>> shop = sl.make_shop(customers=300)
            >>> model = sl.load(sl.segment(shop, evaluate="quick", n_clusters=3).save("for_campaigns"))
            >>> plan = model.plan_campaign(shop, name="spring", goal="grow", budget=20, as_of="2011-06-01")
            >>> plan.contacts
            40
            >>> len(model.measure_campaign(plan, shop).uplift.columns)
            13
        """
        from segmentlab.lab.experiment.campaigns import plan_with_model

        return plan_with_model(self.recipe, self.scorer, data, self._setup, parse_date(as_of), taken, choices)

    def measure_campaign(
        self,
        plan: "CampaignPlan",
        data: Any,  # noqa: ANN401
        *,
        contacted: Collection[str] | None = None,
    ) -> "CampaignResult":
        """Say what a planned campaign brought, when it is over.

        Args:
            plan: As `plan_campaign` made it.
            data: Transactions that reach its end.
            contacted: The ids of everybody who really was contacted, where that is known.

        Returns:
            The result: `answer`, `uplift`, `earnings`, `choice`, `before`, `notes`.

        Raises:
            DataError: The data ends before the campaign does.
        """
        from segmentlab.lab.experiment.campaigns import measure_with_model

        return measure_with_model(self.recipe, data, self._setup, plan, contacted)

    def __repr__(self) -> str:
        return f"Model {self.address}: {', '.join(self.segments.values())}"


def runs(
    uri: str | None = None,
    experiment: str | None = None,
    *,
    filter: str | None = None,
    children: bool = False,
) -> pd.DataFrame:
    """The finished segmentations of a store, the newest first.

    Args:
        uri: The store; that of the configuration (`mlruns/mlflow.db`, or MLFLOW_TRACKING_URI) when None.
        experiment: The experiment; `segmentlab` when None.
        filter: Only those that match, as MLflow writes it: `params.model = 'kmeans'`.
        children: Whether trials of studies are listed too.

    Returns:
        A row per run: `run_id`, `name`, the choices by their plain names, `verdict`, `checks`, and the main
        metrics by the last part of their names.

    Example:
        >>> import segmentlab as sl
        >>> found = sl.segment(sl.make_shop(customers=300), evaluate="quick", n_clusters=3, report="none")
        >>> run_id = found.log("sqlite:///runs.db")
        >>> sl.runs("sqlite:///runs.db")[["model", "features"]].to_dict("records")
        [{'model': 'kmeans', 'features': 'rfm'}]
    """
    from segmentlab.lab.tracking import check_store_exists, open_store, read_runs

    tracking = compose_setup([]).config.tracking
    address = uri or tracking.uri
    check_store_exists(address)
    tracker = open_store(address, experiment or tracking.experiment, artifacts=None)
    found = read_runs(tracker, filter, children=children)
    return pd.DataFrame([_make_row(run) for run in found])


def load(address: str | Path, uri: str | None = None) -> Model:
    """Read a model that was logged or promoted, after checking that it is the one that was stored.

    Args:
        address: `models:/segments@champion`, `models:/segments/3`, `runs:/<run id>`, the id of a run, or a
            folder that `Segmentation.save` wrote.
        uri: The store; that of the configuration when None.

    Returns:
        The model.

    Example:
        >>> import segmentlab as sl
        >>> shop = sl.make_shop(customers=300)
        >>> folder = sl.segment(shop, evaluate="quick", n_clusters=3).save("segments")
        >>> sl.load(folder).segments
        {-1: 'Noise', 0: 'Loyal', 1: 'Medium value, occasional, cooling', 2: 'One-time'}
    """
    from segmentlab.lab.tracking import (
        check_store_exists,
        find_model,
        open_store,
        read_recipe,
        read_saved_model,
        read_saved_shop,
        read_scorer,
        read_shop,
    )

    if Path(address).is_dir():
        scorer, recipe = read_saved_model(Path(address))
        return Model(str(address), scorer, recipe, read_shop=partial(read_saved_shop, Path(address)))
    tracking = compose_setup([]).config.tracking
    store, name = uri or tracking.uri, str(address)
    check_store_exists(store)
    tracker = open_store(store, tracking.experiment, artifacts=None)
    model = find_model(tracker.client, name if ":/" in name else f"runs:/{name}")
    scorer, recipe = read_scorer(tracker.client, model), read_recipe(tracker.client, model)
    return Model(model.address, scorer, recipe, read_shop=partial(read_shop, tracker, model.run_id))


def _make_row(run: LoggedRun) -> dict[str, object]:
    choices = {name: run.params.get(name) for name in CHOICES}
    told: Mapping[str, str] = {name: run.tags.get(name, "") for name in ("verdict", "checks")}
    numbers = {
        measure.name.rpartition("/")[2]: run.metrics.get(measure.name)
        for measure in MEASURES
        if "terminal" in measure.shown
    }
    return {"run_id": run.run_id, "name": run.name, **choices, **told, **numbers}
