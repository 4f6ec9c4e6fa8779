"""How a person names a run."""

import dataclasses

import pytest
from hydra.core.override_parser.overrides_parser import OverridesParser

from segmentlab.errors import ConfigError
from segmentlab.lab.cli.compare import name_runs
from segmentlab.lab.config.setup import prepare_argument
from segmentlab.lab.tracking.logged_runs import find_run
from tests.evaluation.fabricated import logged

RUNS = [logged("abcdef00"), logged("abcdef11"), logged("12345678")]


@pytest.mark.parametrize("wanted", ["12345678", "123456", "run 12345678"])
def test_an_id_its_beginning_or_a_name_will_do(wanted: str) -> None:
    assert find_run(RUNS, wanted) is RUNS[2]


@pytest.mark.parametrize(
    ("wanted", "message"),
    [("abcdef", "2 runs are called 'abcdef'"), ("12345", "no finished run"), ("run 1234567", "Did you mean")],
)
def test_what_names_none_or_several_is_refused(wanted: str, message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        find_run(RUNS, wanted)


def test_runs_of_one_name_are_told_apart_by_their_ids() -> None:
    twins = [dataclasses.replace(run, name="synthetic rfm kmeans k=5") for run in RUNS[:2]]
    assert name_runs([*twins, RUNS[2]]) == [
        "synthetic rfm kmeans k=5 abcdef00",
        "synthetic rfm kmeans k=5 abcdef11",
        "run 12345678",
    ]


def test_a_run_named_twice_is_refused() -> None:
    with pytest.raises(ConfigError, match="named twice"):
        name_runs([RUNS[0], RUNS[0]])


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("run_id=12e345", "12e345"),
        ("run_id=012345", "012345"),
        ("run_id='12e345'", "12e345"),
        ("run_id=a12e45", "a12e45"),
        ("runs=[12e345,a1a771,kmeans]", ["12e345", "a1a771", "kmeans"]),
        ("runs=[12e345, 012345]", ["12e345", "012345"]),
        (
            'runs=["synthetic rfm kmeans k=5 customers=300 seed=1",123456]',
            ["synthetic rfm kmeans k=5 customers=300 seed=1", "123456"],
        ),
    ],
)
def test_an_id_is_never_a_number(typed: str, meant: str | list[str]) -> None:
    assert OverridesParser.create().parse_override(prepare_argument(typed)).value() == meant
