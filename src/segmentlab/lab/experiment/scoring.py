"""Places customers of new data in segments that were learnt before."""

from collections.abc import Mapping
from datetime import date
from typing import Any

import pandas as pd

from segmentlab.flow import LeastHistory, Recipe, StepTimer, place_customers
from segmentlab.lab.config import Setup, compose_setup, parse_date
from segmentlab.lab.experiment.arguments import name_data, write_value
from segmentlab.lab.experiment.opening import OpenedData
from segmentlab.modelling import Scorer
from segmentlab.transactions import convert_to_arrow

EVERYBODY = LeastHistory(orders=1, days=0, otherwise="mark")


def place_data(
    recipe: Recipe,
    scorer: Scorer,
    data: Any,  # noqa: ANN401
    setup: Setup | None,
    as_of: str | date | None,
) -> pd.DataFrame:
    """Describe the customers of this data by the recipe, and place them."""
    opened, new = open_like(data, setup, customers_only=recipe.trained_as_of is None)
    day = as_of.isoformat() if isinstance(as_of, date) else as_of
    scored = place_customers(recipe, scorer, opened.read(new), parse_date(day), EVERYBODY, StepTimer())
    return scored.customers


def open_like(data: Any, setup: Setup | None, *, customers_only: bool) -> tuple[OpenedData, Setup]:  # noqa: ANN401
    """The data, with its columns named as they were named before."""
    if isinstance(data, str) or hasattr(data, "__fspath__"):
        words = list(name_data(data))
        opened = OpenedData()
    else:
        table = convert_to_arrow(data)
        words = ["data=memory"]
        opened = OpenedData(customers=table) if customers_only else OpenedData(lines=table)
    said = _list_columns(setup) if setup is not None and words[0] in ("data=memory", "data=file") else []
    return opened, compose_setup([*words, *said])


def _list_columns(setup: Setup) -> list[str]:
    given: Mapping[str, str | None] = setup.config.data.get("columns") or {}
    return [f"data.columns.{name}={write_value(column, name)}" for name, column in given.items() if column]
