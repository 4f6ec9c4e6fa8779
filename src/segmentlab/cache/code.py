"""Which code computes: our own, as it is on disk, and the libraries that decide the numbers."""

import hashlib
import sys
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Final

import segmentlab

DECISIVE: Final = (
    "duckdb",
    "fastexcel",
    "ibis-framework",
    "numpy",
    "pandas",
    "pyarrow",
    "pyspark",
    "scikit-learn",
    "scipy",
)


def code_digest(package: Path = Path(segmentlab.__file__).parent) -> str:
    """Changes with every byte of the package, committed or not, and with every version.

    All of the package counts, although a figure's code changes no feature: a list of what does would
    be wrong one day, and then somebody would look at yesterday's numbers.
    """
    whole = hashlib.sha256(sys.version.encode())
    for path in sorted(package.rglob("*.py")):
        whole.update(str(path.relative_to(package)).encode())
        whole.update(hashlib.sha256(path.read_bytes()).digest())
    for name in DECISIVE:
        whole.update(f"{name} {_version(name)}".encode())
    return whole.hexdigest()


def _version(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:  # an extra that is not installed
        return "missing"
