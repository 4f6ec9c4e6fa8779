"""What Spark would answer differently through Ibis, one difference at a time."""

import math
from collections.abc import Callable
from pathlib import Path

import ibis
import ibis.expr.types as ir
import pandas as pd
import pytest
from ibis.backends import BaseBackend

from segmentlab.errors import DataError

pytestmark = pytest.mark.spark

TEXTS = ["f", "v", "fvxvf", " x\t", "\tC4 ", "POST\n", "", None]
NUMBERS = [1.005, -1.005, 2.675, 0.285, 0.5, -0.5, 1.5, 2.5, -2.5, 1e15 + 0.3]

DIFFERENCES: dict[str, Callable[[ir.Table], ir.Value]] = {
    "blanks": lambda lines: lines["text"].strip(),
    "pattern": lambda lines: lines["text"].strip().re_search(r"(?i)^(post|c\d*)$"),
    "cents": lambda lines: lines["number"].round(2),
    "whole": lambda lines: lines["number"].round(),
    "cast": lambda lines: lines["number"].cast("int64"),
    "infinite": lambda lines: (lines["number"] * math.inf).isinf(),
    "finite": lambda lines: lines["number"].isinf(),
}


@pytest.mark.parametrize("difference", DIFFERENCES)
def test_both_engines_say_the_same(difference: str, engine: BaseBackend, spark: BaseBackend) -> None:
    frame = pd.DataFrame({"text": [*TEXTS, None, None], "number": NUMBERS, "row": range(len(NUMBERS))})
    answers = []
    for backend in (engine, spark):
        lines = backend.create_table(ibis.util.gen_name("lines"), frame, temp=True)
        answer = lines.select("row", answer=DIFFERENCES[difference](lines)).order_by("row")
        answers.append(answer.to_pyarrow()["answer"].to_pylist())
    assert answers[0] == answers[1]


def test_folders_named_after_values_are_columns(
    engine: BaseBackend, spark: BaseBackend, tmp_path: Path
) -> None:
    files = []
    for country, quantity in (("France", 1.0), ("Spain", 2.0)):
        files.append(tmp_path / f"country={country}" / "part.parquet")
        files[-1].parent.mkdir()
        pd.DataFrame({"quantity": [quantity]}).to_parquet(files[-1])
    for parts in (files, files[:1]):
        here, there = (
            backend.read_parquet(parts).order_by("quantity").to_pyarrow().to_pylist()
            for backend in (engine, spark)
        )
        assert here == there
        assert here[0] == {"quantity": 1.0, "country": "France"}


def test_a_query_that_fails_while_it_runs_is_told_in_words(spark: BaseBackend, tmp_path: Path) -> None:
    path = tmp_path / "lines.parquet"
    pd.DataFrame({"quantity": [1.0]}).to_parquet(path)
    lines = spark.read_parquet(path)
    path.unlink()
    for told in (lines.to_pyarrow, lambda: spark.create_table("gone", lines, temp=True).count().to_pyarrow()):
        with pytest.raises(DataError, match=r"Spark could not answer: .*lines\.parquet") as caught:
            told()
        assert "\n" not in str(caught.value)


def test_a_file_that_is_not_parquet_is_named(spark: BaseBackend, tmp_path: Path) -> None:
    broken = tmp_path / "broken.parquet"
    broken.write_text("PAR1 and no more")
    with pytest.raises(DataError, match=r"broken\.parquet: Spark can't read it as Parquet"):
        spark.read_parquet(broken)
