"""What `import segmentlab as sl` hands over: a short list that only grows on purpose, and costs nothing."""

import inspect
import subprocess
import sys

import pytest

import segmentlab as sl

NAMES = [
    "Check",
    "Column",
    "ConfigError",
    "DataError",
    "Dbscan",
    "FeatureSet",
    "Finding",
    "Hdbscan",
    "Hierarchical",
    "Lab",
    "Model",
    "NormalScores",
    "QuantileCaps",
    "SegmentLabError",
    "Segmentation",
    "Segmenter",
    "SignedLog",
    "StoreError",
    "UmapMap",
    "load",
    "look",
    "make_shop",
    "register_check",
    "runs",
    "segment",
]


def test_these_names_and_no_others() -> None:
    assert sorted(sl.__all__) == NAMES
    assert sl.__version__.count(".") == 2


@pytest.mark.parametrize("name", NAMES)
def test_each_name_teaches_by_an_example(name: str) -> None:
    """The examples are run by tests/contracts/test_examples.py."""
    told = inspect.getdoc(getattr(sl, name)) or ""
    assert ">>>" in told, f"{name} has no example"
    public = getattr(sl, name)
    if inspect.isfunction(public):
        assert "Args:" in told
        assert "Returns:" in told


def test_importing_it_imports_nothing_that_is_slow() -> None:
    slow = {"numpy", "pandas", "hydra", "mlflow", "ibis", "sklearn"}
    script = f"import sys, segmentlab; print([name for name in sys.modules if name in {slow}])"
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True, timeout=900
    )
    assert done.stdout.strip() == "[]"
