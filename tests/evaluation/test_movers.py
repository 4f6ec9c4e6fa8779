"""Who is elsewhere in another run."""

import pandas as pd
import pytest

from segmentlab.errors import DataError
from segmentlab.evaluation import find_movers


def tell(segments: str, customers: str = "abcdefgh", **columns: object) -> pd.DataFrame:
    """A run by a digit for each customer; `-` is noise."""
    numbers = [-1 if one == "-" else int(one) for one in segments]
    names = [f"S{number}" for number in numbers]
    return pd.DataFrame({"customer_id": list(customers), "segment": numbers, "name": names, **columns})


def test_other_numbers_for_the_same_segments_move_nobody() -> None:
    found = find_movers(tell("00001111"), tell("11110000"))
    assert found.people.empty
    assert found.moves.empty
    assert found.stayed == 1


def test_who_moved_is_counted_and_listed_with_their_money() -> None:
    first = tell("00001111", net=[10.0, 20.0, 30.0, 40.0, 1.0, 2.0, 3.0, 4.0], confidence=0.5)
    found = find_movers(first, tell("11100000", confidence=0.25))
    assert found.people.to_dict("records") == [
        {
            "customer_id": "d",
            "from": "S0",
            "to": "S0",
            "confidence_from": 0.5,
            "confidence_to": 0.25,
            "net": 40.0,
        }
    ]
    assert found.moves[["customers", "share", "net"]].to_numpy().tolist() == [[1, 1 / 8, 40.0]]
    assert found.stayed == 7 / 8


def test_noise_stays_noise_and_leaving_it_is_a_move() -> None:
    found = find_movers(tell("0000111-"), tell("0000-11-"))
    assert found.people["customer_id"].tolist() == ["e"]


def test_a_segment_without_a_counterpart_takes_its_customers_away() -> None:
    found = find_movers(tell("00001111"), tell("00001123"))
    assert found.people["customer_id"].tolist() == ["g", "h"]
    gone = found.pairs[found.pairs["first"].isna()]
    assert sorted(gone["second"]) == ["S2", "S3"]


def test_runs_of_other_customers_are_refused() -> None:
    with pytest.raises(DataError, match="share no customer"):
        find_movers(tell("00001111"), tell("00001111", "ijklmnop"))
