"""What every question about campaigns begins with: the model, and the data of its shop."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Final

import pandas as pd
from omegaconf import DictConfig

from segmentlab.flow import Recipe, StepTimer, check_campaigns_possible
from segmentlab.lab.cache import LogCopies
from segmentlab.lab.cli.entry import resume_collector
from segmentlab.lab.cli.scoring_task import open_books
from segmentlab.lab.cli.screen import print_line
from segmentlab.lab.cli.terminal import show_reader_notes
from segmentlab.lab.config import build_data_rules, build_engine, build_source
from segmentlab.lab.tracking import (
    MlflowTracker,
    StoredModel,
    find_model,
    open_store,
    read_recipe,
    read_scorer,
    read_shop,
)
from segmentlab.modelling import Scorer
from segmentlab.transactions import (
    Dataset,
    Shop,
    compare_shops,
    fetch,
    list_customers,
    read_customers_file,
    select_until,
)

NOTHING_TAKEN: Final = ("", "0", "0.0", "false", "no", "none")  # in a column of who took something


@dataclass(frozen=True)
class CampaignShop:
    """A model, and the transactions of its shop."""

    tracker: MlflowTracker
    model: StoredModel
    scorer: Scorer
    recipe: Recipe
    dataset: Dataset

    def read_ids(self, path: str) -> pd.Series:
        """The customers whom a file lists, written as the data writes them."""
        engine = self.dataset.transactions.get_backend()
        ids: pd.Series = fetch(read_customers_file(Path(path), engine).table.select("customer_id"))[
            "customer_id"
        ]
        return ids

    def read_takers(self, named: str) -> pd.Series:
        """Who took something: of whom a column of the customers table says so, or whom a file lists."""
        column = self.read_column(named)
        if column is None:
            return self.read_ids(named)
        said = ~column.astype("str").str.strip().str.lower().isin(NOTHING_TAKEN)
        return pd.Series(column.index[column.notna() & said])

    def read_column(self, column: str) -> pd.Series | None:
        """What the customers table says of each in a column; nothing where there is none."""
        table = self.dataset.customers
        if table is None or column not in table.columns:
            return None
        found: pd.Series = fetch(table.select("customer_id", column)).set_index("customer_id")[column]
        return found


def open_campaign_shop(
    config: DictConfig, address: str, as_of: date | None, accept: Sequence[str], steps: StepTimer
) -> CampaignShop:
    """Read model and data, and refuse those of another shop, without laws or without transactions."""
    source, engine, copies = build_source(config), build_engine(config), LogCopies.of(config)
    with steps("store"):
        tracker = open_store(config.tracking.uri, config.tracking.experiment, artifacts=None)
    with steps("model"):
        model = find_model(tracker.client, address)
        scorer = read_scorer(tracker.client, model)
        recipe = read_recipe(tracker.client, model).behind(build_data_rules(config))
    resume_collector()
    with steps("data"):
        data = copies.read(source, engine)
    show_reader_notes([*data.notes, *copies.notes])
    _, dataset = check_campaigns_possible(recipe, data)
    with steps("clean"):
        books = open_books(recipe, dataset, as_of)
        people = list_customers(select_until(dataset.transactions, as_of))
        seen = compare_shops(read_shop(tracker, model.run_id), Shop(books.shop, people))
        seen.refuse(dataset.source, accept)
    if seen.note:
        print_line(seen.note)
    return CampaignShop(tracker, model, scorer, recipe, dataset)
