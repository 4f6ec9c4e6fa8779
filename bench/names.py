"""Whether names are true, and what became of customers: `SEGMENTLAB_DATA=<folder> python -m bench.names`.

Four shops, three sets of features, five segments by K-Means: every name, and of how many it is true. Then who
came back after days that took no part in the choice of bounds, by the state that they had; `--worked-on` has
the days that were in sight. `--parts later` looks at the same names one, three and six months later.
"""

import argparse
import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import Final, NamedTuple

import pandas as pd

from segmentlab.errors import DataError
from segmentlab.features import list_days
from segmentlab.flow import StepTimer, describe
from segmentlab.flow.result import Plan
from segmentlab.lab.config.build import build_engine, build_plan, build_source
from segmentlab.modelling import Segmenter
from segmentlab.segments import choose_states
from segmentlab.segments.naming import choose_names
from segmentlab.transactions import Dataset, clean_until
from segmentlab.value import sum_outcomes
from tests.configs import composed

FEATURES: Final = ("rfm", "value", "[rfm,rhythm]")
MOST_ORDERS: Final = 15  # customers with more are compared with one another
RISK: Final = "At risk"  # of whom some are called by a name before it
MONTHS_LATER: Final = (1, 3, 6)


class Shop(NamedTuple):
    """Words that choose it, the days that were in sight, and those that were not."""

    words: tuple[str, ...]
    worked_on: tuple[date, ...]
    held_out: tuple[date, ...]


def list_shops(folder: Path) -> dict[str, Shop]:
    """Three real shops and the generated one."""
    cdnow = ("customer_id=customer_id", "timestamp=date", "quantity=number_of_cds", "line_total=dollar_value")
    return {
        "Online Retail II": Shop(
            ("data=online_retail_ii", f"data.local={folder}"),
            (date(2010, 12, 18), date(2011, 2, 12), date(2011, 4, 9), date(2011, 5, 28)),
            (date(2011, 1, 15), date(2011, 3, 12), date(2011, 5, 7), date(2011, 6, 11)),
        ),
        "CDNOW": Shop(
            (
                "data=file",
                f"data.path={folder / 'raw/cdnow/CDNOW_master.txt'}",
                *(f"data.columns.{name}" for name in cdnow),
            ),
            (date(1997, 8, 1), date(1997, 11, 1), date(1998, 1, 1)),
            (date(1997, 9, 15), date(1997, 12, 1), date(1998, 2, 1)),
        ),
        "the generated shop": Shop(("data=synthetic",), (), (date(2011, 7, 1), date(2011, 9, 1))),
        "Superstore": Shop(
            ("data=file", f"data.path={folder / 'exports/superstore_classic.csv.gz'}"),
            (),
            (date(2017, 6, 1),),
        ),
    }


def main() -> None:
    """Print every figure."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--worked-on", action="store_true", help="the days on which bounds were tried")
    parser.add_argument(
        "--parts", nargs="+", default=["names", "states"], choices=["names", "states", "later"]
    )
    parser.add_argument("--shops", nargs="+", help="the first letters of some")
    options = parser.parse_args()
    for name, shop in list_shops(Path(os.environ["SEGMENTLAB_DATA"])).items():
        if options.shops and not name.startswith(tuple(options.shops)):
            continue
        print(f"\n{name}")
        plan, dataset = read(shop.words)
        for part in options.parts:
            if part == "names":
                show_names(shop, dataset)
            elif part == "states":
                show_states(plan, dataset, shop.worked_on if options.worked_on else shop.held_out)
            else:
                show_later(shop, dataset, plan)


def read(words: Sequence[str], *more: str) -> tuple[Plan, Dataset]:
    """What a run would do, and its data."""
    config = composed("evaluate.holdout_days=0", *words, *more)
    dataset = build_source(config).read(build_engine(config).connect())
    assert isinstance(dataset, Dataset)
    return build_plan(config), dataset


def show_names(shop: Shop, dataset: Dataset) -> None:
    """The names of five segments, and of how many customers each is true."""
    for features in FEATURES:
        plan = build_plan(
            composed("evaluate.holdout_days=0", *shop.words, f"features={features}", "model=kmeans")
        )
        try:
            shares, sizes = find_shares(plan, dataset)
        except DataError as error:
            print(f"  {features}: {str(error)[:90]}")
            continue
        found = choose_names(shares, sizes, {})
        told = ", ".join(f"{name} {shares.loc[segment, name]:.3f}" for segment, name in sorted(found.items()))
        customers = sizes[list(found)].sum() / sizes.sum()
        print(f"  {features}: {len(found)} of {len(sizes)} segments, {customers:.0%} of customers: {told}")


def find_shares(plan: Plan, dataset: Dataset) -> tuple[pd.DataFrame, pd.Series]:
    """Of how many customers of each segment each name is true, and how many there are."""
    described = describe(plan, dataset, StepTimer())
    segmenter = Segmenter(plan.preparation, plan.projection, plan.model, plan.apart)
    features = described.features
    labels = segmenter.fit(features.frame, value=described.revenue, long_tailed=features.long_tailed).labels_
    own = pd.Series(labels, index=features.frame.index)
    assert described.standing is not None
    return described.standing.share_true(plan.names.conditions, own), own.value_counts()


def show_states(plan: Plan, dataset: Dataset, cuts: Sequence[date]) -> None:
    """By state: how many never came back within the shop's horizon, beside others with as many orders."""
    cleaned, end = clean_until(dataset, plan.cleaning, None)
    days = list_days(cleaned.transactions).to_pandas()
    days["day"] = pd.to_datetime(days["day"])
    for cut in cuts:
        told = describe(replace(plan, as_of=cut), dataset, StepTimer())
        standing = told.standing
        assert standing is not None
        horizon = min(int(standing.laws.horizon), (end - cut).days)
        later = sum_outcomes(days, cut, horizon).reindex(standing.customers.index).fillna(0.0)
        true = standing.find_true(plan.names.conditions)
        gone = (later["orders"] == 0).astype("float64")
        print(f"  {cut}, {horizon} days: never back {gone.mean():.3f}, spend {later['spend'].mean():.1f}")
        orders = standing.customers["orders"].clip(upper=MOST_ORDERS)
        groups = choose_states(true).groupby(choose_states(true)).groups
        for name, people in {**groups, f"{RISK}, all": true.index[true[RISK]]}.items():
            others = expect_of_others(gone, orders, people)
            ratio = gone[people].mean() / others if others > 0 else float("nan")
            spend = later.loc[people, "spend"].mean()
            print(
                f"    {name or '(none)':18} {len(people):6,}, never back {gone[people].mean():.3f}, "
                f"others {others:.3f}, ratio {ratio:.2f}, spend {spend:.1f}"
            )


def expect_of_others(gone: pd.Series, orders: pd.Series, people: pd.Index) -> float:
    """How many of the others with as many orders never came, weighed as these customers are."""
    rest = gone.drop(people)
    return float(orders[people].map(rest.groupby(orders[rest.index]).mean()).mean())


def show_later(shop: Shop, dataset: Dataset, plan: Plan) -> None:
    """The least truth of a model's names as its customers are placed anew, months after."""
    _, end = clean_until(dataset, plan.cleaning, None)
    for cut in shop.held_out[:2]:
        days = {months: cut + timedelta(days=30 * months) for months in MONTHS_LATER}
        within = {months: day for months, day in days.items() if day <= end}
        print(f"  {cut}: {', '.join(follow_names(replace(plan, as_of=cut), dataset, within))}")


def follow_names(plan: Plan, dataset: Dataset, days: Mapping[int, date]) -> Iterator[str]:
    """The names of a run, and what is left of them on later days."""
    told = describe(plan, dataset, StepTimer())
    segmenter = Segmenter(plan.preparation, plan.projection, plan.model, plan.apart)
    segmenter.fit(told.features.frame, value=told.revenue, long_tailed=told.features.long_tailed)
    assert told.standing is not None
    own = pd.Series(segmenter.labels_, index=told.features.frame.index)
    conditions = plan.names.conditions
    names = choose_names(told.standing.share_true(conditions, own), own.value_counts(), {})
    for months, day in days.items():
        now = describe(replace(plan, as_of=day), dataset, StepTimer())
        assert now.standing is not None
        labels = pd.Series(segmenter.scorer_.predict(now.features.frame), index=now.features.frame.index)
        table = replace(now.standing, laws=told.standing.laws).share_true(conditions, labels)
        shares = {name: float(table.loc[one, name]) for one, name in names.items() if one in table.index}
        least = min(shares, key=shares.__getitem__)
        yield f"{months} months {least} {shares[least]:.3f}"


if __name__ == "__main__":
    main()
