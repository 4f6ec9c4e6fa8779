"""Which run is nominated: by name, or by the leaderboard's rules and only where these say one."""

import pytest

from segmentlab.errors import ConfigError
from segmentlab.lab.cli.contest import nominate_run
from tests.evaluation.fabricated import logged

BETTER, WORSE = {"usefulness/spend_r2": 0.5}, {"usefulness/spend_r2": 0.2}
ELSEWHERE = {"data.digest": "e" * 64, "data.name": "market"}


def test_the_best_across_spaces_is_nominated_with_the_reason() -> None:
    found = nominate_run([logged("b" * 32, WORSE), logged("a" * 32, BETTER)], None)
    assert found.run.run_id == "a" * 32
    assert found.why.startswith(
        "recommended of 2 runs on shop dddddddd: it is best by Spend R2, 90 days: 0.500"
    )


def test_of_equals_the_simpler_is_nominated() -> None:
    found = nominate_run([logged("b" * 32, {"segments/count": 3.0}), logged("a" * 32)], None)
    assert found.run.run_id == "b" * 32
    assert "of 2 that can't be told apart none is simpler" in found.why


def test_a_run_with_an_error_of_a_check_is_not_nominated_while_there_is_another() -> None:
    broken = logged("a" * 32, BETTER, tags={"checks.errors": "1"})
    assert nominate_run([broken, logged("b" * 32, WORSE)], None).run.run_id == "b" * 32


def test_who_is_asked_for_is_nominated_whatever_its_rank() -> None:
    found = nominate_run([logged("b" * 32, WORSE), logged("a" * 32, BETTER)], "bbbbbb")
    assert (found.run.run_id, found.why) == ("b" * 32, "asked for by run_id")


def test_across_data_nobody_is_best_and_each_data_names_its_own() -> None:
    with pytest.raises(ConfigError, match="saw 2 different data") as told:
        nominate_run([logged("a" * 32), logged("b" * 32, tags=ELSEWHERE)], None)
    assert "run_id=aaaaaaaa" in str(told.value)
    assert "run_id=bbbbbbbb" in str(told.value)


def test_where_no_run_has_a_rank_the_reason_is_told() -> None:
    with pytest.raises(ConfigError, match=r"coverage 0\.50 is below 0\.8"):
        nominate_run([logged("a" * 32, {"separation/coverage": 0.5})], None)
