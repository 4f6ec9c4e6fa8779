"""Features are found again as long as nothing that decides them changed; then they are computed anew."""

import dataclasses
import os
import shutil
import time
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

import pandas as pd
import pytest
from ibis.backends import BaseBackend

from segmentlab.flow import StepTimer, describe
from segmentlab.flow.result import DescribedCustomers, Plan
from segmentlab.lab.cache.features import DESCRIBING_CHOICES, FeatureCache
from segmentlab.lab.cache.keys import compute_code_digest
from segmentlab.lab.config.build import build_plan
from segmentlab.lab.config.folders import ROOT
from segmentlab.lab.tracking import archive as plain
from segmentlab.testing.logs import SHOP
from segmentlab.testing.logs import make_frame as frame
from segmentlab.transactions.dataset import Dataset, Source
from segmentlab.transactions.engines.duckdb import DuckDB, Engine
from segmentlab.transactions.file import File
from segmentlab.transactions.sources.digests import FileState
from segmentlab.transactions.synthetic import SyntheticWorld
from tests.configs import composed
from tests.watching import watched

SETS = "features=[rfm,geography,products]"
PLAN = build_plan(composed(SETS))


def settle(path: Path) -> None:
    """Wait until a change of the file is sure to show in its times."""
    while not FileState.of(path).settled:
        time.sleep(0.1)


def written(folder: Path) -> File:
    """The shop as a file."""
    path = folder / "shop.csv"
    frame(SHOP).to_csv(path, index=False)
    return File(path=str(path))


def computed(plan: Plan, source: Source, engine: Engine) -> DescribedCustomers:
    return describe(plan, source.read(engine.connect()), StepTimer())


def found(
    folder: Path, source: Source, plan: Plan = PLAN, engine: Engine | None = None
) -> DescribedCustomers | None:
    """What a run that begins now finds."""
    return FeatureCache(folder, plan, source, engine or DuckDB()).read()


def kept_in(folder: Path, source: Source) -> DescribedCustomers:
    """What a first run computes and keeps."""
    features = FeatureCache(folder, PLAN, source, DuckDB())
    assert features.read() is None
    described = computed(PLAN, source, DuckDB())
    features.write(described)
    assert not features.notes
    return described


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> File:
    """A file that no test changes."""
    shop = written(tmp_path_factory.mktemp("shop"))
    settle(Path(shop.path))
    return shop


@pytest.fixture(scope="module")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder that holds the features of that file, and that no test changes."""
    return tmp_path_factory.mktemp("cache")


@pytest.fixture(scope="module", autouse=True)
def kept(cache: Path, shop: File) -> DescribedCustomers:
    return kept_in(cache, shop)


def test_they_come_back_equal_and_the_file_stays_closed(
    kept: DescribedCustomers, cache: Path, shop: File
) -> None:
    with watched(Path(shop.path)) as opened:
        again = found(cache, shop)
        assert not opened()
        shop.read(DuckDB().connect())
        assert opened(), "the witness sees a reader"
    pd.testing.assert_frame_equal(again.features.frame, kept.features.frame, check_exact=True)
    assert plain.pack(again) == plain.pack(kept)


def test_what_was_learnt_describes_customers_as_before(
    kept: DescribedCustomers, cache: Path, shop: File, engine: BaseBackend
) -> None:
    lines = shop.read(engine).transactions
    again = found(cache, shop).features.recipe.describe(lines, date(2012, 1, 1))
    pd.testing.assert_frame_equal(
        again, kept.features.recipe.describe(lines, date(2012, 1, 1)), check_exact=True
    )


def test_a_changed_byte_shows_although_size_and_time_are_as_before(tmp_path: Path) -> None:
    shop = written(tmp_path)
    path = Path(shop.path)
    settle(path)
    kept_in(tmp_path / "cache", shop)
    before = path.stat()
    path.write_text(path.read_text().replace("1.45", "1.46", 1))
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))
    assert (path.stat().st_size, path.stat().st_mtime_ns) == (before.st_size, before.st_mtime_ns)
    assert found(tmp_path / "cache", shop) is None
    settle(path)
    assert found(tmp_path / "cache", shop) is None


def test_the_same_bytes_are_the_same_data_whatever_their_age(tmp_path: Path) -> None:
    shop = written(tmp_path)
    kept = kept_in(tmp_path / "cache", shop)
    copy = shutil.copy(shop.path, tmp_path / "copy.csv")
    Path(copy).replace(shop.path)  # another inode, and written just now
    assert plain.pack(found(tmp_path / "cache", shop)) == plain.pack(kept)


@pytest.mark.parametrize(
    "overrides",
    [
        ["features=rfm"],
        ["features=[geography,rfm,products]"],
        [SETS, "features.products.components=4"],
        [SETS, "cleaning=thorough"],
        [SETS, "leave_out=[rfm_recency]"],
        [SETS, "as_of=2011-03-02"],
        [SETS, "seed=1"],
    ],
    ids=lambda overrides: overrides[-1],
)
def test_another_choice_is_another_entry(cache: Path, shop: File, overrides: list[str]) -> None:
    assert found(cache, shop, build_plan(composed(*overrides))) is None


def test_what_decides_the_segments_alone_makes_no_difference(cache: Path, shop: File) -> None:
    plan = build_plan(composed(SETS, "model.n_clusters=3", "prepare=standard", "projection=pca"))
    assert found(cache, shop, plan) is not None


def test_what_the_source_was_told_and_the_kind_of_engine_count(cache: Path, shop: File) -> None:
    @dataclass(frozen=True)
    class OtherEngine(DuckDB):
        pass

    assert found(cache, replace(shop, dates="%Y-%m-%d %H:%M:%S")) is None
    assert found(cache, shop, engine=OtherEngine()) is None
    assert found(cache, shop, engine=DuckDB(memory_limit="1GiB")) is not None


def test_a_file_that_changes_while_it_is_read_is_not_kept(tmp_path: Path) -> None:
    shop = written(tmp_path)
    features = FeatureCache(tmp_path / "cache", PLAN, shop, DuckDB())
    assert features.read() is None
    described = computed(PLAN, shop, DuckDB())
    path = Path(shop.path)
    path.write_text(path.read_text().replace("1.45", "1.46", 1))
    features.write(described)
    assert not list((tmp_path / "cache").glob("*.features"))


def test_a_damaged_entry_is_computed_again(
    tmp_path: Path, cache: Path, shop: File, kept: DescribedCustomers
) -> None:
    own = Path(shutil.copytree(cache, tmp_path / "cache"))
    (entry,) = own.glob("*.features")
    entry.write_bytes(entry.read_bytes()[:-1])
    features = FeatureCache(own, PLAN, shop, DuckDB())
    assert features.read() is None
    assert "damaged: features are computed anew" in features.notes[0]
    features.write(kept)
    assert plain.pack(found(own, shop)) == plain.pack(kept)


def test_a_folder_that_can_not_be_written_stops_nobody(
    tmp_path: Path, shop: File, kept: DescribedCustomers
) -> None:
    (tmp_path / "file").touch()
    features = FeatureCache(tmp_path / "file" / "cache", PLAN, shop, DuckDB())
    assert features.read() is None
    assert "can't be used" in features.notes[0]
    features.write(kept)


def test_a_folder_that_is_lost_meanwhile_stops_nobody(tmp_path: Path, kept: DescribedCustomers) -> None:
    shop = written(tmp_path)
    features = FeatureCache(tmp_path / "cache", PLAN, shop, DuckDB())
    assert features.read() is None
    (tmp_path / "cache").touch()  # no folder can be made there any more
    features.write(kept)
    assert "not kept for the next run" in features.notes[0]


def test_without_a_folder_nothing_is_kept(shop: File, kept: DescribedCustomers) -> None:
    features = FeatureCache(None, PLAN, shop, DuckDB())
    assert features.read() is None
    features.write(kept)
    assert features.read() is None


def test_a_source_that_may_change_unseen_is_never_kept(tmp_path: Path, shop: File) -> None:
    @dataclass(frozen=True)
    class Table:
        """As a database: the same question may have another answer now."""

        def read(self, engine: BaseBackend) -> Dataset:
            return shop.read(engine)

    kept_in(tmp_path / "cache", Table())
    assert found(tmp_path / "cache", Table()) is None
    assert not (tmp_path / "cache").exists()


def test_every_part_of_a_folder_counts(tmp_path: Path) -> None:
    folder = tmp_path / "parts"
    folder.mkdir()
    for number, rows in enumerate((SHOP[:4], SHOP[4:])):
        frame(rows).to_parquet(folder / f"{number}.parquet")
    source = File(path=str(folder))
    kept_in(tmp_path / "cache", source)
    assert found(tmp_path / "cache", source) is not None
    frame(SHOP[:2]).to_parquet(folder / "2.parquet")
    assert found(tmp_path / "cache", source) is None


def test_a_generated_world_comes_back_with_its_truth(tmp_path: Path) -> None:
    world = SyntheticWorld(customers=40, folder=str(tmp_path / "worlds"))
    kept = kept_in(tmp_path / "cache", world)
    pd.testing.assert_series_equal(found(tmp_path / "cache", world).about.truth, kept.about.truth)
    assert found(tmp_path / "cache", replace(world, seed=1)) is None


def test_the_key_holds_every_choice_that_describing_reads(shop: File, engine: BaseBackend) -> None:
    read: set[str] = set()

    class Watched(Plan):
        def __getattribute__(self, name: str) -> object:
            read.add(name)
            return super().__getattribute__(name)

    every = [field.name for field in dataclasses.fields(Plan)]
    plan = Watched(**{name: getattr(PLAN, name) for name in every} | {"holdout_days": 30})
    read.clear()
    describe(plan, shop.read(engine), StepTimer())
    assert read & set(every) == set(DESCRIBING_CHOICES)


def test_a_changed_byte_of_the_code_is_another_code(tmp_path: Path) -> None:
    package = Path(shutil.copytree(ROOT / "src" / "segmentlab" / "features", tmp_path / "features"))
    before = compute_code_digest(package)
    assert compute_code_digest(package) == before
    module = package / "rfm.py"
    module.write_text(module.read_text().replace("round(6)", "round(5)") + "\n")
    assert compute_code_digest(package) != before
