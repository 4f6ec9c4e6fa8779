"""The loader that MLflow finds named in the models of version 0.1.0.

They bring a copy of that version's code along, and it is used where no segmentlab is imported yet. In a
process that works with this version already, they are read by it.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from segmentlab.lab.tracking import load_scorer_file

if TYPE_CHECKING:
    from segmentlab.modelling import Scorer


def _load_pyfunc(path: str, model_config: Mapping[str, str]) -> "Scorer":
    """The scorer itself: these models say that MLflow is to ask its `assign`."""
    return load_scorer_file(Path(path), model_config["sha256"])
