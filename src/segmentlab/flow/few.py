"""Few customers at a time: what `place_customers` says of them, by queries that are written once for a day.

A nightly scoring writes its queries, asks each once and is gone. Whoever asks for one customer after the
other, as purchases come in, would wait for the writing: it takes ten times as long as the answer.
"""

from datetime import date
from typing import Final

import ibis.expr.types as ir
import pandas as pd
import pyarrow as pa

from segmentlab.errors import ConfigError
from segmentlab.features import (
    HISTORY_PARTS,
    CustomerSet,
    check_frame_finite,
    list_days,
    read_histories,
    sum_histories,
)
from segmentlab.flow.place import Recipe, add_ahead, place_features
from segmentlab.flow.standing import place_histories
from segmentlab.modelling import Scorer
from segmentlab.segments import find_customer_value, find_money
from segmentlab.transactions import (
    SmallTable,
    WrittenQuery,
    drop_copies,
    find_shared_rules,
    keep_sold_lines,
)

MOST_DAYS: Final = 3  # whose queries are kept: today's, and those around midnight


def refuse_shared_needs(recipe: Recipe) -> None:
    """Refuse a recipe that can't describe customers by their own lines alone."""
    if recipe.trained_as_of is None:
        raise ConfigError("The model describes customers by a customers table, and knows no purchases.")
    of_tables = [name for name, chosen in recipe.features.sets.items() if isinstance(chosen, CustomerSet)]
    if of_tables:
        raise ConfigError(
            f"The model's features {', '.join(of_tables)} come from a customers table, which no purchase "
            "brings along. Promote a model of features of transactions, such as features=rfm."
        )
    shared = find_shared_rules(recipe.cleaning)
    if shared:
        raise ConfigError(
            f"The model's cleaning rule {', '.join(shared)} compares lines of different customers, so nobody "
            "can be placed by their own lines alone. Promote a model whose cleaning does without it."
        )


class FewPlacer:
    """Places customers by all their lines, and by nobody else's: nothing is learnt on the way.

    It holds a small database of its own, and is for one thread at a time.
    """

    def __init__(self, recipe: Recipe, scorer: Scorer, schema: pa.Schema) -> None:
        refuse_shared_needs(recipe)
        self.recipe, self.scorer = recipe, scorer
        self._table = SmallTable(schema)
        self._features = [column.name for column in recipe.features.columns]
        self._days: dict[date, WrittenQuery] = {}

    def place(self, lines: pa.Table, as_of: date) -> pd.DataFrame:
        """A row for each of these customers of whom a clean line is left.

        Args:
            lines: Every line of theirs, clean or not.
            as_of: The day; nothing at or after it counts.

        Returns:
            By customer, in the order of their ids, the columns of `ScoredCustomers.customers`, and the number
            of `orders` with the days of the first and the last one.
        """
        query = self.write(as_of)
        self._table.fill(lines)
        people = query.ask().set_index("customer_id")
        if people.empty:
            return pd.DataFrame(columns=["segment"], index=people.index)
        features = people[self._features].astype("float64")
        check_frame_finite(features)
        placed = place_features(self.scorer, features, pd.Index([])).assign(revenue=people["revenue"])
        people = people[people["orders"] > 0]
        if self.recipe.laws is not None:
            histories = read_histories(people[HISTORY_PARTS], as_of)
            standing = place_histories(self.recipe.laws, histories, people["net"])
            placed = add_ahead(placed, self.recipe, standing, as_of)
        known = people[["orders", "first", "until"]]
        return placed.join(known.rename(columns={"first": "first_order", "until": "last_order"}))

    def write(self, as_of: date) -> WrittenQuery:
        """The query of a day. A day that is to come may be written before it is asked for."""
        if as_of not in self._days:
            for day in sorted(self._days)[: -MOST_DAYS + 1]:
                self._days.pop(day).close()
            self._days[as_of] = WrittenQuery(self._table, self._describe(as_of))
        return self._days[as_of]

    def close(self) -> None:
        """Give its memory back."""
        self._table.close()

    def _describe(self, as_of: date) -> ir.Table:
        """A row per customer with all that is asked of their lines: one query costs less than four."""
        cleaning, given = self.recipe.cleaning, self._table.lines
        lines = keep_sold_lines(given, cleaning, as_of)
        people = self.recipe.features.describe_rows(lines, as_of)
        as_read = drop_copies(given, cleaning, at_once=False)
        for more in (
            find_customer_value(lines),
            sum_histories(list_days(lines)).select("customer_id", *HISTORY_PARTS),
            find_money(as_read, as_of).select("customer_id", "net"),
        ):
            people = people.left_join(more, "customer_id").drop("customer_id_right")
        return people.order_by("customer_id")
