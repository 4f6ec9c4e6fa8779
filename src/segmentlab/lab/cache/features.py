"""Features of unchanged data and code, kept from run to run."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final, Self

from segmentlab.flow import DescribedCustomers, Plan
from segmentlab.lab.cache.keys import make_key
from segmentlab.lab.cache.shelf import DamagedError, Shelf
from segmentlab.lab.names import CACHED_PARTS, RECIPE_PARTS, UnknownNameError
from segmentlab.lab.tracking import NotPlainError, pack_into, unpack
from segmentlab.transactions import Engine, Source

# The choices that `describe` reads.
DESCRIBING_CHOICES: Final = (
    "cleaning",
    "features",
    "leave_out",
    "as_of",
    "holdout_days",
    "cutoffs",
    "crowd",
)
KEPT_NAMES: Final = (*CACHED_PARTS, *RECIPE_PARTS)


class FeatureCache:
    """What `describe` gave for these choices, this data and this code.

    The kind of engine is a choice as well: engines agree to 1e-9, and a run has to show the digits of
    its own. Without a folder nothing is kept, and of a source that can't say cheaply whether it changed
    neither.
    """

    @classmethod
    def of(cls, config: Mapping[str, Any], plan: Plan, source: Source, engine: Engine) -> Self:
        """The one in the folder that a command was told; without any where it was told so."""
        return cls(Path(config["cache_folder"]) if config["cache"] else None, plan, source, engine)

    def __init__(self, folder: Path | None, plan: Plan, source: Source, engine: Engine) -> None:
        self.shelf = None if folder is None else Shelf(folder)
        self.choices = (
            type(engine).__name__,
            source,
            {name: getattr(plan, name) for name in DESCRIBING_CHOICES},
        )
        self.source = source
        self.key: str | None = None
        self.notes: list[str] = []  # on the last reading or writing, for whoever looks at the run

    def read(self) -> DescribedCustomers | None:
        """What was kept, if anything was and it is whole."""
        try:
            self.key = self._key()
            content = self.shelf.get(self.key) if self.shelf and self.key else None
        except DamagedError as error:
            self.notes.append(f"{error}: features are computed anew.")
            return None
        except OSError as error:
            self.notes.append(f"The cache can't be used: {error}")
            return None
        if content is None:
            return None
        try:
            kept: DescribedCustomers = unpack(content, KEPT_NAMES)
        except UnknownNameError as error:
            self.notes.append(f"The cache holds {error}: features are computed anew.")
            return None
        self.notes.append("Features from the cache: the data was not read again (cache=false reads it).")
        return kept

    def write(self, described: DescribedCustomers) -> None:
        """Keep it for the next run, unless the data or the code changed while it was computed."""
        self.notes = []
        if described.crowd is not None:  # they stay where Spark wrote them, which goes with this process
            return
        try:
            if self.shelf and self.key and self.key == self._key():
                self.shelf.put_stream(self.key, lambda target: pack_into(target, described))
        except (OSError, NotPlainError) as error:
            self.notes.append(f"The features are not kept for the next run: {error}")

    def _key(self) -> str | None:
        key = make_key(self.shelf, self.source, self.choices)
        return None if key is None else f"{key}.features"
