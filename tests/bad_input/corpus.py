"""The corpus of bad input: what is typed, which files lie there before, and what has to be said.

It is data: the tables beside this file, one for a subject. A table has the `entry` that is called, `words`
that all its cases share, and `cases` by their names:

    words: what is typed, as a shell reads it; {here} is the folder of the case, {lab} the one with the store
    code:  what a case of the Python front door runs, in place of words
    files: texts by their names
    made:  names of the makers in `files.py`, by the names of files
    env:   variables of the environment
    says:  what the message has to contain: the thing that is wrong, and what to do
    exit:  the exit code, where it is not 2
    keeps: "a failed run" where the run had begun: it stays in the store with the reason
    quick: whether it is among the few that every `make test` runs
"""

import os
import shlex
import sqlite3
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import Any, Final

import duckdb
import yaml

from segmentlab.lab.config.folders import ROOT
from tests.bad_input.files import MAKERS
from tests.warm import run_warm

DATABASES: Final = (".db", ".duckdb")
LONGEST: Final = 120  # seconds until what hangs fails; how fast anything is nobody asserts
TABLES: Final = Path(__file__).parent
AS_A_USER: Final = TABLES / "as_a_user.py"
SCRIPTS: Final = {"segmentlab": "src/segmentlab/__main__.py", "python": "tests/bad_input/front_door.py"}
COUNTED: Final = (
    "runs",
    "experiments",
    "registered_models",
    "model_versions",
    "logged_models",
    "tags",
    "metrics",
)

# What keeps a command within the folder of the laboratory, where its words do not say otherwise.
STORE: Final = "tracking.uri={store}"
SHOP: Final = ("cache_folder={lab}/cache", "data.folder={lab}/worlds", "data.customers=300")
HISTORY: Final = "history=duckdb:///{lab}/history.duckdb"
OWN: Final[Mapping[str, Sequence[str]]] = {
    "run": (STORE, HISTORY, *SHOP, "evaluate=quick", "report=none"),
    "compare": (STORE, "output={lab}/comparisons"),
    "promote": (STORE,),
    "score": (STORE, HISTORY, *SHOP),
    "monitor": (STORE, HISTORY, *SHOP, "output={lab}/monitor"),
    "nightly": (STORE, HISTORY, *SHOP, "page={lab}/monitor", "taken={lab}/taken"),
    "update": (STORE, HISTORY, "state={lab}/kept.duckdb", "output={lab}/updated.parquet"),
    "serve": (STORE, *SHOP, "lines=duckdb:///{lab}/live.duckdb"),
    "baskets": (STORE, *SHOP, "output={lab}/baskets"),
    "campaign": (STORE, HISTORY, *SHOP, "output={lab}/campaigns"),
    "forget": (HISTORY, "lines=duckdb:///{lab}/live.duckdb", "taken={lab}/taken"),
    "notebook": ("uri={store}", "folder={here}/notes", "log={here}/notebook.log"),
    "ui": (STORE,),
    "app": (STORE, HISTORY, "output={lab}/campaigns", "cache_folder={lab}/cache"),
    "segmentlab": (),
    "python": (),
}

KEPT_ALWAYS: Final = ("{lab}/cache",)  # what files and worlds were, which may be removed at any time
KEPT_OF_A_RUN: Final = (
    "{lab}/artifacts",
    "{lab}/worlds",
    "runs of",
    "tags of",
    "metrics of",
    "experiments of",
)  # with the reason
LIVED_IN: Final = {
    "run": "model.n_clusters=3 as_of=2011-06-01",
    "promote": "run_id={run} force=true reason=corpus",
    "score": "as_of=2011-06-01 output={lab}/scored.parquet",
}


@dataclass(frozen=True)
class Case:
    """One thing that somebody does wrong."""

    name: str
    entry: str
    words: str = ""
    says: Sequence[str] = ()
    code: str = ""
    files: Mapping[str, str] = field(default_factory=dict)
    made: Mapping[str, str] = field(default_factory=dict)
    env: Mapping[str, str] = field(default_factory=dict)
    exit: int = 2
    keeps: str = ""
    quick: bool = False

    def lay(self, here: Path) -> None:
        """Make the files that it finds."""
        for name, text in self.files.items():
            place = here / name
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_text(text, encoding="utf-8")
        for name, maker in self.made.items():
            (here / name).parent.mkdir(parents=True, exist_ok=True)
            MAKERS[maker](here / name)


@dataclass(frozen=True)
class Told:
    """What became of it."""

    code: int
    said: str
    left: Sequence[str]  # what was not there before, or is not any more, or is another


def read_corpus() -> Iterator[Case]:
    """Every case of every table."""
    for path in sorted(TABLES.glob("*.yaml")):
        table = yaml.safe_load(path.read_text(encoding="utf-8"))
        for name, case in table["cases"].items():
            yield _make_case(f"{path.stem}: {name}", table, case)


def _make_case(name: str, table: Mapping[str, Any], case: Mapping[str, Any]) -> Case:
    said = case["says"]
    words = f"{table.get('words', '')} {case.get('words', '')}".strip()
    files = {**table.get("files", {}), **case.get("files", {})}
    given = {**case, "words": words, "files": files, "says": [said] if isinstance(said, str) else said}
    return Case(name=name, entry=table["entry"], **given)


@dataclass(frozen=True)
class Laboratory:
    """A folder with a store, a champion, a history and a shop, in which everything is done wrong."""

    folder: Path

    @classmethod
    def make(cls, folder: Path) -> "Laboratory":
        """One run, promoted, and a scoring in the history, all of it by the commands themselves."""
        made = cls(folder)
        for entry, words in LIVED_IN.items():
            done = run_warm(made.command(Case(entry, entry, words), folder), folder)
            assert done.returncode == 0, f"{entry}: {done.stdout}{done.stderr}"
        return made

    def do(self, case: Case, here: Path, temporary: Path) -> Told:
        """Do it in a folder of its own, and look at what is there before and after."""
        case.lay(here)
        places = (here, self.folder, temporary)
        before = {place: look_at(place) for place in places}
        counts = self.count_rows()
        done = run_warm(self.command(case, here), here, self.variables(case, temporary), LONGEST)
        changes = [one for place in places for one in tell_changes(before[place], look_at(place))]
        changes += tell_changes(counts, self.count_rows())
        kept = tuple(map(self._name, (*KEPT_ALWAYS, *(KEPT_OF_A_RUN if case.keeps else ()))))
        changes = [one for one in changes if not one.startswith(kept)]
        return Told(done.returncode, done.stdout + done.stderr, changes)

    def _name(self, place: str) -> str:
        return place.replace("{lab}", str(self.folder))

    def command(self, case: Case, here: Path) -> list[str]:
        """The words, and before them those that keep it from the repository's own folders."""
        places = {"{here}": str(here), "{lab}": str(self.folder), "{store}": self.store}
        places |= {"{code}": case.code, "{long}": "x" * 3_000, "{run}": self.find_run()}
        own = [word for word in OWN[case.entry] if _is_missing(word, case)]
        words = [*own, *(["{code}"] if case.code else shlex.split(case.words))]
        for mark, place in places.items():
            words = [word.replace(mark, place) for word in words]
        script = SCRIPTS.get(case.entry, f"src/{case.entry}.py")
        return [sys.executable, str(AS_A_USER), str(ROOT / script), *words]

    def variables(self, case: Case, temporary: Path) -> dict[str, str]:
        """An environment without a store or a shop of the person who tests."""
        own = {name: value for name, value in os.environ.items() if not name.startswith("SEGMENTLAB_")}
        return {**own, "MLFLOW_TRACKING_URI": self.store, "TMPDIR": str(temporary), **case.env}

    @property
    def store(self) -> str:
        """The address of the store."""
        return f"sqlite:///{self.folder / 'mlflow.db'}"

    def find_run(self) -> str:
        """The id of the run that was promoted; none before there is one."""
        if not (self.folder / "mlflow.db").exists():
            return ""
        with closing(sqlite3.connect(self.folder / "mlflow.db")) as store:
            return str(store.execute("select run_uuid from runs order by start_time").fetchone()[0])

    def count_rows(self) -> dict[str, str]:
        """How much the store has of everything, and the history."""
        with closing(sqlite3.connect(self.folder / "mlflow.db")) as store:
            counts = {f"{name} of the store": _count(store.execute, name) for name in COUNTED}
        with closing(duckdb.connect(self.folder / "history.duckdb", read_only=True)) as history:
            names = [name for (name,) in history.execute("show tables").fetchall()]
            counts |= {f"{name} of the history": _count(history.execute, name) for name in names}
        return {name: str(count) for name, count in counts.items() if count}


def _count(execute: Callable[[str], Any], table: str) -> int:
    return int(execute(f"select count(*) from {table}").fetchone()[0])


def look_at(folder: Path) -> dict[str, str]:
    """Every file below a folder, with what it holds; a database is counted, not compared."""
    return {
        str(path): "" if path.suffix in DATABASES or not path.is_file() else _compute_digest(path)
        for path in folder.rglob("*")
        if path.suffix not in (".lock", ".wal", ".db-wal", ".db-shm", ".db-journal")
    }


def tell_changes(before: Mapping[str, str], after: Mapping[str, str]) -> list[str]:
    """What came, what went and what changed."""
    return [
        f"{name}: {before.get(name, 'was not')} before, {after.get(name, 'is not')} now"
        for name in sorted({*before, *after})
        if before.get(name) != after.get(name)
    ]


def _compute_digest(path: Path) -> str:
    try:
        return sha256(path.read_bytes()).hexdigest()[:12]
    except PermissionError:  # the case has closed it, and whoever is not root can't look either
        return "closed"


def _is_missing(word: str, case: Case) -> bool:
    """Whether the case neither says the key itself nor takes another option of its group."""
    given = [one.lstrip("+~") for one in shlex.split(case.words)]
    key = word.partition("=")[0]
    if key.startswith("data.") and any(one.startswith("data=") for one in given):
        return False
    return not any(one.partition("=")[0] == key for one in given)
