"""A report as long as it was asked for: none, a summary, or all of it."""

import ibis
import pytest

from segmentlab.errors import ConfigError
from segmentlab.flow import StepTimer, describe, segment
from segmentlab.flow.items import Figure, Item, Provenance, Table, Text
from segmentlab.flow.result import Result
from segmentlab.lab.config.build import build_plan, build_source
from segmentlab.lab.config.settings import check_settings
from segmentlab.lab.config.value_checks import REPORT_EXTENTS
from segmentlab.report.pictures import make_report
from segmentlab.report.record import record_end
from tests.commands import SMALL
from tests.configs import composed

ORIGIN = Provenance({"features": "rfm", "prepare": "log_standard", "model": "kmeans"}, {}, "", "run", "", {})


@pytest.fixture(scope="module")
def result(tmp_path_factory: pytest.TempPathFactory) -> Result:
    config = composed(SMALL, f"data.folder={tmp_path_factory.mktemp('worlds')}")
    plan = build_plan(config)
    dataset = build_source(config).read(ibis.duckdb.connect())
    return segment(plan, describe(plan, dataset, StepTimer()), StepTimer())


@pytest.fixture(scope="module")
def kept(result: Result) -> dict[str, list[Item]]:
    return {
        extent: list(record_end(result, *make_report(result, ORIGIN, extent), {}))
        for extent in REPORT_EXTENTS
    }


def paths(items: list[Item], kind: type[Table | Text]) -> set[str]:
    return {item.path for item in items if isinstance(item, kind)}


def html(items: list[Item]) -> str:
    (page,) = (item.content for item in items if isinstance(item, Text))
    return page


def test_tables_are_kept_whatever_the_report(kept: dict[str, list[Item]]) -> None:
    assert paths(kept["none"], Table) == paths(kept["summary"], Table) == paths(kept["full"], Table)
    assert {"segments/segments.csv", "segments/customers.csv"} <= paths(kept["none"], Table)


def test_no_report_means_no_page_and_no_figure(kept: dict[str, list[Item]]) -> None:
    assert not [item for item in kept["none"] if isinstance(item, Figure | Text)]


def test_a_summary_and_a_full_report_keep_the_same_figures_as_files(kept: dict[str, list[Item]]) -> None:
    files = [
        [item.picture.name for item in kept[extent] if isinstance(item, Figure)] for extent in REPORT_EXTENTS
    ]
    assert files[1] == files[2]
    assert {"segment_sizes", "profile_heatmap", "projection_2d", "silhouette_plot"} <= set(files[1])


def test_a_full_page_says_more_than_a_summary(kept: dict[str, list[Item]]) -> None:
    summary, full = html(kept["summary"]), html(kept["full"])
    for only_full in ('id="detail-0"', 'id="customer-id"', 'id="plot-projection_3d"', 'id="plot-cohort_map"'):
        assert only_full in full
        assert only_full not in summary
    for both in ('class="card"', 'id="evidence"', 'id="plot-projection_2d"', 'id="provenance"'):
        assert both in full
        assert both in summary


def test_segments_in_short_are_those_of_the_cards(result: Result, kept: dict[str, list[Item]]) -> None:
    (table,) = (item.frame for item in kept["none"] if getattr(item, "path", "") == "segments/segments.csv")
    assert table["name"].tolist() == result.profile["name"].tolist()
    assert table["customers"].sum() == len(result.customers)
    assert {"description", "revenue", "revenue_share", "actions", "reason"} <= set(table)


def test_an_unknown_extent_is_refused_before_anything_runs() -> None:
    with pytest.raises(ConfigError, match=r"report=long: .* Write none, summary, full, slides\."):
        check_settings(composed("report=long"))
