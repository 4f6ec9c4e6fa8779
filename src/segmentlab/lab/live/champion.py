"""The model that places customers: found, verified by its digests, and tried before anybody is answered."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from typing import Any, Final

import pandas as pd
import pyarrow as pa
from omegaconf import DictConfig

from segmentlab.errors import ConfigError
from segmentlab.flow import FewPlacer, LeastHistory, Recipe, StepTimer, place_customers
from segmentlab.lab.config import build_data_rules
from segmentlab.lab.live.answer import tell_customers
from segmentlab.lab.live.customer_lines import RowsByCustomer
from segmentlab.lab.tracking import (
    MODEL_DIGEST_TAG,
    MlflowTracker,
    StoredModel,
    find_model,
    read_recipe,
    read_recommendations,
    read_scorer,
    verify_release,
)
from segmentlab.modelling import Scorer
from segmentlab.transactions import CleaningRule, Dataset, DuckDB, find_shared_rules

EVERYBODY: Final = LeastHistory(orders=1, days=0, otherwise="mark")
TRIED: Final = 8  # customers of the log


@dataclass(frozen=True)
class FoundModel:
    """What the store has of the model, and the recipe as far as lines of one customer are enough for it.

    `of_log` are rules that come first and compare lines of different customers, such as the overlap of the
    files of a log: they clean the log once, and have nothing to say of lines that are in no file.
    """

    model: StoredModel
    scorer: Scorer
    recipe: Recipe
    of_log: Mapping[str, CleaningRule]
    recommended: pd.DataFrame | None


def fetch_model(tracker: MlflowTracker, config: DictConfig) -> FoundModel:
    """The model that the configuration names; a file that is not the one that was logged is refused."""
    model = find_model(tracker.client, config.model_uri)
    verify_release(model)
    scorer = read_scorer(tracker.client, model)
    recipe = read_recipe(tracker.client, model).behind(build_data_rules(config))
    names = list(recipe.cleaning)
    shared = find_shared_rules(recipe.cleaning)
    first = dict.fromkeys(names[: len(shared)]) if names[: len(shared)] == shared else {}
    own = {name: rule for name, rule in recipe.cleaning.items() if name not in first}
    return FoundModel(
        model,
        scorer,
        replace(recipe, cleaning=own),
        {name: recipe.cleaning[name] for name in first},
        read_recommendations(tracker, model.run_id),
    )


class Champion:
    """Answers where customers stand. It is for one thread at a time."""

    def __init__(self, found: FoundModel, schema: pa.Schema) -> None:
        self.model, self.recipe, self.scorer = found.model, found.recipe, found.scorer
        self.of_log = found.of_log
        self.loaded = datetime.now(UTC)
        self._placer = FewPlacer(found.recipe, found.scorer, schema)
        self._recommended = None
        if found.recommended is not None:
            table = pa.Table.from_pandas(found.recommended, preserve_index=False)
            self._recommended = RowsByCustomer(table)

    def answer(self, lines: pa.Table, customers: list[str], as_of: date) -> dict[str, dict[str, Any]]:
        """What is known of each of these customers, of whom `lines` are all that they have."""
        placed = self._placer.place(lines, as_of)
        horizon = None if self.recipe.laws is None else self.recipe.laws.horizon
        goods = None if self._recommended is None else self._recommended.take(customers)
        return tell_customers(customers, placed, as_of, horizon, goods)

    def prepare(self, as_of: date) -> None:
        """Write the queries of a day before it comes."""
        self._placer.write(as_of)

    def try_out(self, lines: pa.Table, as_of: date) -> None:
        """Place some customers together and one by one, and as a nightly scoring does: all must agree.

        Recipes may hold parts that somebody has made, and what these look at nobody knows.
        """
        together = self._placer.place(lines, as_of)
        if together.empty:
            return
        table = DuckDB().connect().create_table("lines", lines)
        dataset = Dataset(name="trial", source="the log", digest="", transactions=table)
        nightly = place_customers(self.recipe, self.scorer, dataset, as_of, EVERYBODY, StepTimer())
        told = nightly.customers.set_index("customer_id")
        rows = RowsByCustomer(lines)
        alone = pd.concat([self._placer.place(rows.take([one]), as_of) for one in told.index])
        for found in (together, alone):
            if not found[list(told)].equals(told.loc[found.index]) or len(found) != len(told):
                raise ConfigError(
                    f"{self.model.address} places customers otherwise when they are asked for alone: its "
                    "cleaning, its features or its model look at other customers. A live service can't use "
                    "it; score with score.py."
                )

    def describe(self) -> dict[str, str]:
        """Which model it is, and since when."""
        return {
            "model": self.model.address,
            "sha256": self.model.tags[MODEL_DIGEST_TAG],
            "loaded": self.loaded.isoformat(timespec="seconds"),
        }

    def close(self) -> None:
        """Give its memory back."""
        self._placer.close()
