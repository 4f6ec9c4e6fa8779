"""Customers without transactions, from the table to the page: no money, no dates, and nothing made up."""

from dataclasses import replace
from io import StringIO
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from ibis.backends import BaseBackend
from rich.console import Console

from segmentlab.errors import ConfigError, DataError
from segmentlab.evaluation.checks.check import Finding, write_check_tags
from segmentlab.evaluation.gates import judge_gates
from segmentlab.flow import StepTimer, complete, describe, fit_segments, segment
from segmentlab.flow.items import DatasetRef, Item, Metric, Provenance, Summary, Table, Text
from segmentlab.flow.result import DescribedCustomers, Plan, Result
from segmentlab.lab.cli.terminal import show_answer, show_dataset, summarise_run
from segmentlab.lab.config.build import build_plan, build_source
from segmentlab.report.pictures import make_page, make_pictures
from segmentlab.report.record import record_end, record_first_look
from tests.configs import composed

ORIGIN = Provenance(
    choices={"features": "demographics", "prepare": "standard", "model": "kmeans"},
    parameters={},
    config="",
    command="",
    code="",
    versions={},
)


@pytest.fixture(scope="module")
def club(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Thirty young members and ten old ones."""
    path = tmp_path_factory.mktemp("club") / "club.csv"
    ages = [*range(20, 50), *range(70, 80)]
    rows = [f"{number:03},{age},{age % 3 + 10},{age % 5},Male" for number, age in enumerate(ages)]
    path.write_text("\n".join(["customer,age,income,spending_score,sex", *rows]))
    return path


def described(engine: BaseBackend, path: Path, *overrides: str) -> tuple[Plan, DescribedCustomers]:
    chosen = ("features=demographics", "leave_out=[demographics_spending_score,demographics_gender_female]")
    config = composed("data=mall", f"data.path={path}", "model.n_clusters=2", *chosen, *overrides)
    plan = build_plan(config)
    return plan, describe(plan, build_source(config).read(engine), StepTimer())


def result(engine: BaseBackend, path: Path, *overrides: str) -> Result:
    return segment(*described(engine, path, *overrides), StepTimer())


def items(found: Result) -> list[Item]:
    drawn = make_pictures(found)
    return list(record_end(found, drawn, make_page(found, drawn, ORIGIN), {}))


def test_segments_are_numbered_by_size_and_have_no_revenue(engine: BaseBackend, club: Path) -> None:
    found = result(engine, club)
    assert found.profile["customers"].tolist() == sorted(found.profile["customers"], reverse=True)
    assert not [column for column in found.profile if "revenue" in column]
    assert found.described.sales is None
    assert found.described.features.as_of is None


def test_the_record_has_what_there_is(engine: BaseBackend, club: Path) -> None:
    kept = items(result(engine, club))
    assert not {"data/ledger.csv", "data/suspicious.csv"} & {
        item.path for item in kept if isinstance(item, Table)
    }
    reference = next(item for item in kept if isinstance(item, DatasetRef))
    assert (reference.rows, reference.customers) == (40, 40)
    summary = next(item for item in kept if isinstance(item, Summary)).markdown
    assert "- **Average**: 27 customers, share 67.5%" in summary
    assert "revenue" not in summary
    assert not [item for item in kept if isinstance(item, Metric) and "revenue" in item.key]


def test_the_page_says_what_is_not_there_and_why(engine: BaseBackend, club: Path) -> None:
    found = result(engine, club)
    drawn = make_pictures(found)
    html = make_page(found, drawn, ORIGIN).split("<script", maxsplit=1)[0]
    assert "The largest is " in html
    assert "mall has customers and no transactions: there is no revenue" in make_page(found, drawn, ORIGIN)
    for absent in ("Of revenue", "What cleaning took out", "n/a", ">nan"):
        assert absent not in html
    assert "ledger_waterfall" not in {picture.name for picture in drawn}


def test_the_terminal_says_so_too(engine: BaseBackend, club: Path) -> None:
    console = Console(file=StringIO(), width=120)
    fitted = fit_segments(*described(engine, club), StepTimer())
    show_answer("club", fitted, console)
    summarise_run(complete(fitted, StepTimer()), "run", console)
    told = console.file.getvalue()
    assert "40 customers; features are medians" in told
    assert "there is no revenue" in told
    assert "Cleaning" not in told
    assert "None" not in told


def test_the_terminal_begins_with_what_failed_and_says_what_the_views_choose(
    engine: BaseBackend, club: Path
) -> None:
    found = result(engine, club, "evaluate=quick")
    assert found.k_scan is not None
    choices = {"silhouette": 1.0, "davies_bouldin": -1.0, "calinski_harabasz": 1.0}
    six = {column: np.where(found.k_scan["k"] == 6, value, np.nan) for column, value in choices.items()}
    failed = Finding("SEG003", "Unstable segments", "error", "They do not come back.", "Choose fewer.")
    warned = Finding("SEG008", "A spike", "warning", "It is one value.", "Leave it out.")
    told = replace(
        found,
        k_scan=found.k_scan.assign(**six),
        judgement=replace(found.judgement, checks=[failed, warned]),
    )
    console = Console(file=StringIO(), width=200)
    summarise_run(told, "run", console)
    lines = console.file.getvalue().splitlines()
    assert lines[0] == "Failed: SEG003 Unstable segments. They do not come back. Choose fewer."
    assert lines.index("Warning: SEG008 A spike. It is one value. Leave it out.") > 2
    assert sum("SEG003" in line for line in lines) == 1
    said = "Of 3 views over the number of segments 2 choose 6, and 1 chooses 2, as this run has it"
    assert any(line.startswith(said) for line in lines)


@pytest.mark.realdata
def test_the_mall_is_sorted_by_income_and_has_no_id_among_its_features(
    engine: BaseBackend, real_data: Path
) -> None:
    config = composed(
        "data=mall",
        f"data.local={real_data}",
        "features=demographics",
        "leave_out=[demographics_age,demographics_gender_female]",
        "prepare=standard",
        "model.n_clusters=5",
        "evaluate.views=0",
    )
    plan = build_plan(config)
    found = segment(plan, describe(plan, build_source(config).read(engine), StepTimer()), StepTimer())
    income = found.described.features.frame["demographics_annual_income"]
    assert income.set_axis(income.index.astype(int)).sort_index().is_monotonic_increasing
    assert found.judgement.failed == []
    gates = {one.name: one for one in judge_gates(found.metrics, write_check_tags(found.judgement.checks))}
    assert gates["features"].passed


def test_a_look_shows_the_first_rows(engine: BaseBackend, club: Path) -> None:
    console = Console(file=StringIO(), width=120)
    show_dataset(build_source(composed("data=mall", f"data.path={club}")).read(engine), console)
    told = console.file.getvalue()
    assert "annual_income = 'income'" in told
    assert "000" in told


def test_a_first_look_shows_the_columns(engine: BaseBackend, club: Path) -> None:
    source = build_source(composed("data=mall", f"data.path={club}"))
    text, columns = record_first_look(source.read(engine))
    assert isinstance(text, Text)
    assert "40 customers; nothing is missing." in text.content
    assert isinstance(columns, Table)
    assert columns.frame.set_index("column").loc["age", ["smallest", "largest"]].tolist() == ["20.0", "79.0"]


def test_what_needs_dates_or_lines_is_refused_before_anything_runs(engine: BaseBackend, club: Path) -> None:
    with pytest.raises(ConfigError, match="as_of=2011-01-01: mall has no transactions"):
        result(engine, club, "as_of=2011-01-01")
    with pytest.raises(DataError, match="features=rfm needs transactions, and this data has customers only"):
        result(engine, club, "features=rfm", "leave_out=[]")


@pytest.mark.realdata
def test_the_mall_has_its_five_segments(engine: BaseBackend, real_data: Path) -> None:
    config = composed(
        "data=mall",
        f"data.local={real_data}",
        "features=demographics",
        "leave_out=[demographics_age,demographics_gender_female]",
        "prepare=standard",
        "model.n_clusters=5",
    )
    plan = build_plan(config)
    found = segment(plan, describe(plan, build_source(config).read(engine), StepTimer()), StepTimer())
    assert found.metrics["separation/silhouette"] == pytest.approx(0.5547, abs=5e-4)
    assert found.profile["customers"].tolist() == [81, 39, 35, 23, 22]


def test_transactions_and_customers_together(engine: BaseBackend, tmp_path: Path) -> None:
    days = pd.date_range("2011-01-01", periods=60)
    lines = pd.DataFrame(
        {
            "customer": [f"{number % 20:03}" for number in range(60)],
            "date": days,
            "qty": [number % 7 + 1 for number in range(60)],
            "price": 2.5,
        }
    )
    lines.to_parquet(tmp_path / "lines.parquet")
    rows = [f"{number:03},{20 + number},Female,{number * 3},{number % 9}" for number in range(25)]
    (tmp_path / "people.csv").write_text("\n".join(["customer,age,gender,income,spending_score", *rows]))
    config = composed(
        "data=file",
        f"data.path={tmp_path / 'lines.parquet'}",
        f"data.customers={tmp_path / 'people.csv'}",
        "features=[rfm,demographics]",
        "leave_out=[rfm_frequency,demographics_gender_female]",
        "model.n_clusters=3",
    )
    plan, dataset = build_plan(config), build_source(config).read(engine)
    found = segment(plan, describe(plan, dataset, StepTimer()), StepTimer())
    assert len(found.customers) == 20
    assert found.customers["demographics_age"].tolist() == list(range(20, 40))
    assert found.profile["revenue_share"].sum() == pytest.approx(1)
