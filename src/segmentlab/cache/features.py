"""The features of a plan on a source, so that a second run does not read the source again."""

import hashlib
from pathlib import Path
from typing import Final

from segmentlab import plain
from segmentlab.cache.code import code_digest
from segmentlab.cache.content import digest_of
from segmentlab.cache.shelf import DamagedError, Shelf
from segmentlab.described import Described
from segmentlab.engine.contract import Engine
from segmentlab.result import Plan
from segmentlab.transactions.dataset import OfFiles, Source

# The choices that `describe` reads.
DESCRIBING: Final = ("cleaning", "features", "leave_out", "as_of", "holdout_days")
WRITTEN: Final = tuple(
    f"segmentlab.{place}" for place in ("described", "features", "segments", "transactions")
)


class KeptFeatures:
    """What `describe` gave for these choices, this data and this code.

    The kind of engine is a choice as well: engines agree to 1e-9, and a run has to show the digits of
    its own. Without a folder nothing is kept, and of a source that can't say cheaply whether it changed
    neither.
    """

    def __init__(self, folder: Path | None, plan: Plan, source: Source, engine: Engine) -> None:
        self.shelf = None if folder is None else Shelf(folder)
        self.choices = (type(engine).__name__, source, {name: getattr(plan, name) for name in DESCRIBING})
        self.source = source
        self.key: str | None = None
        self.notes: list[str] = []  # on the last reading or writing, for whoever looks at the run

    def read(self) -> Described | None:
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
        self.notes.append("Features from the cache: the data was not read again (cache=false reads it).")
        kept: Described = plain.loads(content, WRITTEN)
        return kept

    def write(self, described: Described) -> None:
        """Keep it for the next run, unless the data or the code changed while it was computed."""
        self.notes = []
        try:
            if self.shelf and self.key and self.key == self._key():
                self.shelf.put(self.key, plain.dumps(described))
        except (OSError, plain.NotPlainError) as error:
            self.notes.append(f"The features are not kept for the next run: {error}")

    def _key(self) -> str | None:
        if self.shelf is None or not isinstance(self.source, OfFiles):
            return None
        inputs = self.source.inputs()
        data = ([str(path) for path in inputs], digest_of(inputs, self.shelf))
        try:
            choices = plain.dumps((code_digest(), data, self.choices))
        except plain.NotPlainError:
            return None
        return f"{hashlib.sha256(choices).hexdigest()}.features"
