"""Places customers of new data in segments that were learnt before."""

import warnings
from collections.abc import Callable, Collection, Mapping
from datetime import date
from typing import Any

import pandas as pd

from segmentlab.flow import LeastHistory, Recipe, StepTimer, place_customers
from segmentlab.lab.config import Setup, compose_setup, parse_date
from segmentlab.lab.experiment.arguments import name_data, write_value
from segmentlab.lab.experiment.opening import OpenedData
from segmentlab.modelling import Scorer
from segmentlab.transactions import (
    Dataset,
    Shop,
    check_accept,
    compare_shops,
    convert_to_arrow,
    find_shop,
    select_until,
)

EVERYBODY = LeastHistory(orders=1, days=0, otherwise="mark")


def place_data(
    recipe: Recipe,
    scorer: Scorer,
    data: Any,  # noqa: ANN401
    setup: Setup | None,
    as_of: str | date | None,
    accept: Collection[str],
    read_shop: Callable[[], Shop],
) -> pd.DataFrame:
    """Describe the customers of this data by the recipe, and place them, if they are of the same shop."""
    check_accept(accept)
    opened, new = open_like(data, setup, customers_only=recipe.trained_as_of is None)
    day = parse_date(as_of.isoformat() if isinstance(as_of, date) else as_of)
    dataset = opened.read(new)
    if isinstance(dataset, Dataset):
        _check_shop(read_shop(), dataset, day, accept)
    return place_customers(recipe, scorer, dataset, day, EVERYBODY, StepTimer()).customers


def _check_shop(learnt: Shop, dataset: Dataset, day: date | None, accept: Collection[str]) -> None:
    """A model in a folder of one's own keeps no customers, and need not say so each time."""
    seen = compare_shops(learnt, find_shop(select_until(dataset.transactions, day), day))
    seen.refuse(dataset.source, accept)
    if learnt.facts is None and seen.note:
        warnings.warn(seen.note, stacklevel=4)


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
