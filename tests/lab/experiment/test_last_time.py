"""A run beside the last scoring: who moved, and never a comparison with another shop."""

from dataclasses import replace
from datetime import date
from pathlib import Path

import pandas as pd
import pytest

import segmentlab as sl
from segmentlab.flow import Movement, explain_moves
from segmentlab.lab.experiment.last_time import _make_state, compare_with_last
from segmentlab.lab.history import History

BEFORE = date(2011, 9, 1)


@pytest.fixture(scope="module")
def found() -> sl.Segmentation:
    return sl.segment(sl.make_shop(customers=300), evaluate="quick", n_clusters=4)


@pytest.fixture(scope="module")
def state(found: sl.Segmentation) -> pd.DataFrame:
    """What the run itself says of its customers."""
    as_of = found.result.described.features.as_of
    assert as_of is not None
    return _make_state(found.result, as_of)


def keep(folder: Path, state: pd.DataFrame) -> str:
    url = f"duckdb:///{folder}/history.duckdb"
    History(url).keep(BEFORE, "models:/segments/1", state)
    return url


def test_nobody_moved_where_the_scoring_said_the_same_whatever_its_numbers(
    found: sl.Segmentation, state: pd.DataFrame, tmp_path: Path
) -> None:
    renumbered = state.assign(segment=state["segment"].max() - state["segment"])
    movement = compare_with_last(keep(tmp_path, renumbered), found.result)
    assert isinstance(movement, Movement)
    assert (movement.before, movement.moved, movement.new, movement.gone) == (BEFORE, 0, 0, 0)


def test_moves_are_told_by_name_with_their_money(
    found: sl.Segmentation, state: pd.DataFrame, tmp_path: Path
) -> None:
    names = state["name"].drop_duplicates().tolist()
    ordered = state.index[(state["name"] == names[0]) & (state["orders"] > 1)][:3]
    then = state.copy()
    other = state[state["name"] == names[1]].iloc[0]
    then.loc[ordered, ["segment", "name"]] = other["segment"], other["name"]
    then.loc[ordered, "orders"] -= 1
    movement = compare_with_last(keep(tmp_path, then), found.result)
    assert isinstance(movement, Movement)
    assert movement.moved == len(ordered)
    moves = explain_moves(movement)
    assert moves[["name_before", "name_after", "customers"]].to_numpy().tolist() == [
        [names[1], names[0], len(ordered)]
    ]
    assert moves["money"].sum() == pytest.approx(state.loc[ordered, "expected"].sum())


def test_another_shop_and_no_scoring_are_said_and_not_compared(
    found: sl.Segmentation, state: pd.DataFrame, tmp_path: Path
) -> None:
    url = f"duckdb:///{tmp_path}/none.duckdb"
    assert "No scoring of a day before" in str(compare_with_last(url, found.result))
    assert not (tmp_path / "none.duckdb").exists(), "nobody asked for a history"
    strangers = state.assign(customer_id="x" + state["customer_id"].astype(str))
    assert "is of other customers" in str(compare_with_last(keep(tmp_path, strangers), found.result))
    others = state.assign(first_order=state["first_order"] - pd.Timedelta(days=40))
    assert "is of other customers" in str(compare_with_last(keep(tmp_path, others), found.result))


def test_a_history_that_can_not_be_opened_stops_no_run(found: sl.Segmentation, tmp_path: Path) -> None:
    broken = tmp_path / "broken.duckdb"
    broken.write_text("no database")
    assert "What changed is not known" in str(compare_with_last(f"duckdb:///{broken}", found.result))


def test_without_days_there_is_nothing_to_compare(found: sl.Segmentation) -> None:
    assert compare_with_last(None, found.result) is None
    described = replace(found.result.described, sales=None)
    assert compare_with_last("duckdb:///x", replace(found.result, described=described)) is None
