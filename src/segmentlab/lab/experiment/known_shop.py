"""The shop of an earlier run: its log read again, for one customer's purchases and for campaigns."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from threading import Lock
from typing import Any, Final

import pandas as pd
from omegaconf import DictConfig, OmegaConf

from segmentlab.campaigns import CampaignPlan, CampaignRules, assign_channels, plan_campaign
from segmentlab.errors import ConfigError, DataError
from segmentlab.evaluation import LoggedRun
from segmentlab.flow import GoalView, Recipe, StepTimer, look_at_goal
from segmentlab.lab.cache import LogCopies
from segmentlab.lab.config import (
    build_campaign_rules,
    build_engine,
    build_goal,
    build_source,
    compose_setup,
    parse_date,
)
from segmentlab.lab.experiment.again import read_logged_config
from segmentlab.lab.experiment.arguments import name_data, write_value
from segmentlab.lab.tracking import (
    MlflowTracker,
    find_model,
    read_recipe,
    read_scorer,
    read_shop,
)
from segmentlab.modelling import Scorer
from segmentlab.transactions import Dataset, compare_shops, fetch, find_shop, select_until

PURCHASE_COLUMNS: Final = (
    "timestamp", "invoice_id", "product_id", "description", "quantity", "unit_price", "line_total", "country",
)  # fmt: skip
HOW_TO_POINT: Final = "Point at the file of transactions with log=<file>."
ENGINE: Final = Lock()  # one query of a log at a time: whoever looks may have several pages open


@dataclass(frozen=True)
class KnownShop:
    """A log with the model that was learnt from it.

    Attributes:
        dataset: The transactions.
        scorer: The fitted model.
        recipe: How customers are described for it.
        as_of: The first day that did not count for the run; all counted where it is None.
        words: What to type for the data on a command line.
    """

    dataset: Dataset
    scorer: Scorer
    recipe: Recipe
    as_of: date | None
    words: Sequence[str] = field(default=())

    def list_purchases(self, customer_id: str) -> pd.DataFrame:
        """Every line of one customer, the latest first; what was taken back has a quantity below zero."""
        lines = select_until(self.dataset.transactions, self.as_of)
        known = [name for name in PURCHASE_COLUMNS if name in lines.columns]
        with ENGINE:
            found = fetch(lines.filter(lines["customer_id"] == customer_id).select(*known))
        if "line_total" not in found:
            found.insert(len(found.columns) - ("country" in found), "line_total", _multiply(found))
        return found.sort_values("timestamp", ascending=False, kind="stable", ignore_index=True)

    def find_countries(self) -> pd.Series | None:
        """The country that each customer has most lines of; nothing where the log names none."""
        lines = self.dataset.transactions
        if "country" not in lines.columns:
            return None
        counted = lines.group_by(["customer_id", "country"]).agg(lines=lines.count())
        with ENGINE:
            found = fetch(counted).dropna(subset=["customer_id", "country"])
        most = found.sort_values(["lines", "country"], ascending=[False, True]).drop_duplicates("customer_id")
        countries: pd.Series = most.set_index("customer_id")["country"].astype("str")
        return countries

    def look_at(self, goal: str, days: int) -> GoalView:
        """Whom a goal of `conf/goal` is about on the day after the last line."""
        chosen = build_goal(compose_setup([f"goal={goal}"], "campaign").config)
        with ENGINE:
            return look_at_goal(self.recipe, self.scorer, self.dataset, None, chosen, days, StepTimer())


def _multiply(lines: pd.DataFrame) -> pd.Series:
    total: pd.Series = lines["quantity"] * lines["unit_price"]
    return total


def build_rules(**choices: object) -> CampaignRules:
    """What is decided about a campaign, by the names of `conf/campaign.yaml`."""
    words = [f"{name}={write_value(value, name)}" for name, value in choices.items()]
    return build_campaign_rules(compose_setup(words, "campaign").config)


def plan_from_view(rules: CampaignRules, view: GoalView, taken: pd.Series) -> CampaignPlan:
    """The plan of these rules for the people whom their goal is about."""
    channels, _ = assign_channels(view.people["customer_id"], rules.channels, None)
    return plan_campaign(
        rules, view.people.assign(channel=channels), view.rehearsal, view.start, pd.Index(taken)
    )


def open_known_shop(tracker: MlflowTracker, run: LoggedRun, log: str | None, cache_folder: str) -> KnownShop:
    """Read the log of a run again: from where the run read it, or from the file that is said now.

    Raises:
        ConfigError: Nobody knows where it is; the message says how to point at it.
        DataError: It has customers alone, or is of another shop.
    """
    config = read_logged_config(tracker, run)
    words = _list_data_words(config, run) if log is None else list(name_data(log))
    if log is not None:
        columns = config.data.get("columns") or {}
        words += [f"data.columns.{name}={write_value(one, name)}" for name, one in columns.items() if one]
        config.data = compose_setup(words).config.data
    elif run.params.get("data") == "memory":
        raise ConfigError(f"Run '{run.name}' was made of a table in memory, which is gone. {HOW_TO_POINT}")
    copies = LogCopies(Path(cache_folder), "slow")
    try:
        dataset = copies.read(build_source(config), build_engine(config))
    except (ConfigError, DataError, OSError) as error:
        raise ConfigError(f"The log of run '{run.name}' can't be read: {error} {HOW_TO_POINT}") from error
    if not isinstance(dataset, Dataset):
        raise DataError(f"Run '{run.name}' was made of customers alone: there are no purchases to look at.")
    model = find_model(tracker.client, f"runs:/{run.run_id}")
    day = parse_date(config.get("as_of"))
    seen = compare_shops(read_shop(tracker, run.run_id), find_shop(select_until(dataset.transactions, day)))
    seen.refuse(dataset.source, ())
    scorer, recipe = read_scorer(tracker.client, model), read_recipe(tracker.client, model)
    return KnownShop(dataset, scorer, recipe, day, tuple(words))


def _list_data_words(config: DictConfig, run: LoggedRun) -> list[str]:
    """What was typed for the data, as far as it is plain: a path, a name, columns."""
    values: Any = OmegaConf.to_container(config.data)
    words = [f"data={run.params.get('data', 'synthetic')}"]
    for name in ("path", "folder", "customers", "sheets"):
        value = values.get(name)
        if f"data.{name}" in run.params and isinstance(value, str | int):
            words.append(f"data.{name}={write_value(value, name)}")
    columns = values.get("columns") or {}
    return [
        *words,
        *(f"data.columns.{name}={write_value(one, name)}" for name, one in columns.items() if one),
    ]
