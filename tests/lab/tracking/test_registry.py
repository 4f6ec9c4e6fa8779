"""One alias decides: whatever happens around its move, there is a champion, and the right one."""

import signal
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest

from segmentlab.errors import StoreError
from segmentlab.flow.items import FittedModel
from segmentlab.lab.tracking.model import find_model
from segmentlab.lab.tracking.registry import (
    CANDIDATE_TAG,
    CHALLENGER,
    CHAMPION,
    PREVIOUS,
    ModelCandidate,
    RegisteredModel,
    Registry,
)
from segmentlab.lab.tracking.store import open_store

# A promotion that dies at a moment of its own choosing: before its alias moves, or right after.
DOOMED = """
import os, signal, sys
from segmentlab.lab.tracking.registry import ModelCandidate, Registry
from segmentlab.lab.tracking.store import open_store
uri, run_id, moment = sys.argv[1:]
client = open_store(uri, "segmentlab", None).client
registry = Registry(client, "segments")
def die(*_): os.kill(os.getpid(), signal.SIGKILL)
with registry.candidate(ModelCandidate(run_id, run_id, {0: 0, 1: 1}, 2, {}), "champion") as version:
    if moment == "after":
        Registry._complete = die
    else:
        die()
    registry.crown(version, registry.champion())
"""


@pytest.fixture
def run_id(tracker, scorer, recipe, features) -> str:
    with tracker.run("modelled", {}) as run:
        run.log([FittedModel(scorer, recipe, features.head())])
    return run.run_id


@pytest.fixture
def registry(tracker) -> Registry:
    return Registry(tracker.client, "segments")


def wanted(run_id: str, next_number: int = 2) -> ModelCandidate:
    return ModelCandidate(run_id, run_id, {0: 0, 1: 1}, next_number, {"note": "postgresql://me:s3cret@db/x"})


def promoted(registry: Registry, run_id: str, next_number: int = 2) -> RegisteredModel:
    with registry.candidate(wanted(run_id, next_number), CHAMPION) as version:
        registry.crown(version, registry.champion())
    return version


def test_nothing_is_there_before_the_first(registry) -> None:
    registry.settle()
    assert registry.champion() is None
    assert registry.versions() == []
    assert registry.next_number() == 0


def test_the_second_champion_leaves_a_way_back_and_back_again(registry, run_id) -> None:
    first, second = promoted(registry, run_id), promoted(registry, run_id)
    assert registry.aliases() == {CHAMPION: second.number, PREVIOUS: first.number}
    for champion, before in ((second, first), (first, second)):
        now = registry.version(champion.number)
        registry.roll_back(now, registry.before(now))
        assert registry.aliases() == {CHAMPION: before.number, PREVIOUS: champion.number}


def test_the_first_champion_has_nothing_to_go_back_to(registry, run_id) -> None:
    version = promoted(registry, run_id)
    with pytest.raises(StoreError, match="took the place of no other"):
        registry.before(registry.version(version.number))


def test_a_version_is_found_by_alias_with_digests_of_its_own_and_no_password(tracker, registry, run_id):
    version = promoted(registry, run_id)
    found = find_model(tracker.client, "models:/segments@champion")
    assert found.address == version.model.address
    assert found.tags["model.sha256"] == version.tags["model.sha256"]
    assert found.tags["note"] == "postgresql://***@db/x"


def test_what_was_refused_is_taken_back(registry, run_id) -> None:
    first = promoted(registry, run_id)
    with pytest.raises(ValueError, match="does not load"), registry.candidate(wanted(run_id), CHAMPION):
        raise ValueError("does not load")
    assert [version.number for version in registry.versions()] == [first.number]


def test_an_error_after_the_alias_has_moved_takes_nothing_back(registry, run_id) -> None:
    moved = registry.candidate(wanted(run_id), CHAMPION)
    version = moved.__enter__()
    registry.crown(version, None)
    error = StoreError("the disk is full")
    assert not moved.__exit__(StoreError, error, None)
    assert registry.aliases() == {CHAMPION: version.number}


def test_the_later_of_two_stands_back_and_is_told(registry, run_id) -> None:
    with registry.candidate(wanted(run_id), CHAMPION) as first:
        with pytest.raises(StoreError, match=r"is being promoted by process .*came first"):
            promoted(registry, run_id)
        registry.crown(first, None)
    assert registry.aliases() == {CHAMPION: first.number}
    assert len(registry.versions()) == 1


def test_who_was_compared_with_another_champion_is_told(registry, run_id) -> None:
    before = promoted(registry, run_id)
    promoted(registry, run_id)
    with (
        pytest.raises(StoreError, match="Meanwhile version 2 of 'segments' became champion"),
        registry.candidate(wanted(run_id), CHAMPION) as late,
    ):
        registry.crown(late, before)
    assert registry.aliases() == {CHAMPION: 2, PREVIOUS: 1}


def test_nobody_goes_back_while_somebody_promotes(registry, run_id) -> None:
    promoted(registry, run_id)
    champion = registry.version(promoted(registry, run_id).number)
    with registry.candidate(wanted(run_id), CHAMPION) as candidate:
        with pytest.raises(StoreError, match="came first"):
            registry.roll_back(champion, registry.before(champion))
        registry.crown(candidate, champion)
    assert registry.aliases()[CHAMPION] == candidate.number


def test_of_many_at_once_one_wins(registry, run_id, database) -> None:
    """Each looks at the same champion first, and all begin together."""
    uri, together = f"sqlite:///{database}", Barrier(4)
    promoted(registry, run_id)

    def attempt(_: int) -> int | None:
        own = Registry(open_store(uri, "segmentlab", None).client, "segments")
        champion = own.champion()
        together.wait()
        try:
            with own.candidate(wanted(run_id), CHAMPION) as version:
                own.crown(version, champion)
        except StoreError:
            return None
        return version.number

    with ThreadPoolExecutor(4) as pool:
        winners = [number for number in pool.map(attempt, range(4)) if number is not None]
    assert len(winners) == 1
    assert registry.aliases() == {CHAMPION: winners[0], PREVIOUS: 1}
    assert [version.number for version in registry.versions()] == [1, *winners]


@pytest.mark.slow
@pytest.mark.parametrize("moment", ["before", "after"])
def test_a_killed_promotion_has_happened_or_has_not(moment, registry, run_id, database, start_python):
    """Before the alias moves the old champion stays; after it the rest is made up for."""
    first = promoted(registry, run_id)
    doomed = start_python(DOOMED, f"sqlite:///{database}", run_id, moment)
    _, complaint = doomed.communicate(timeout=120)
    assert doomed.returncode == -signal.SIGKILL, complaint
    champion = first.number + (moment == "after")
    assert registry.aliases() == {CHAMPION: champion}
    registry.settle()
    assert registry.aliases() == {CHAMPION: champion} | ({PREVIOUS: 1} if moment == "after" else {})
    assert [version.number for version in registry.versions()] == list(range(1, champion + 1))
    assert not [version for version in registry.versions() if CANDIDATE_TAG in version.tags]


def test_a_candidate_that_lives_or_is_of_another_host_is_left_alone(registry, run_id) -> None:
    with registry.candidate(wanted(run_id), CHAMPION) as own:
        registry.settle()
        assert registry.version(own.number).number == own.number
        registry.client.set_model_version_tag("segments", str(own.number), "segmentlab.host", "elsewhere")
        registry.client.set_model_version_tag("segments", str(own.number), "segmentlab.pid", "0")
        registry.settle()
        assert registry.version(own.number).number == own.number
        registry.crown(own, None)


def test_a_number_is_never_used_again_not_even_after_going_back(registry, run_id) -> None:
    promoted(registry, run_id, next_number=4)
    second = registry.version(promoted(registry, run_id, next_number=7).number)
    registry.roll_back(second, registry.before(second))
    assert registry.next_number() == 7
    assert registry.version(second.number).numbers == {0: 0, 1: 1}


def test_a_challenger_stands_beside_the_champion_until_its_run_becomes_one(registry, run_id) -> None:
    promoted(registry, run_id)
    with registry.candidate(wanted(run_id), CHALLENGER) as version:
        registry.challenge(version)
    assert registry.aliases() == {CHAMPION: 1, CHALLENGER: version.number}
    third = promoted(registry, run_id)
    assert registry.aliases() == {CHAMPION: third.number, PREVIOUS: 1}
