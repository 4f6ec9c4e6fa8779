"""A password or a token, however it is given to a command, stands in nothing that it leaves or says."""

import os
import sqlite3
import sys
from collections.abc import Iterator, Mapping
from io import BytesIO
from pathlib import Path
from types import MappingProxyType
from typing import NamedTuple
from zipfile import BadZipFile, ZipFile, is_zipfile

import pandas as pd
import pytest

from segmentlab.lab.config.folders import ROOT
from tests.commands import SMALL, Lab
from tests.postgres import Postgres
from tests.warm import run_warm

pytestmark = pytest.mark.slow  # whole commands, one after the other

PLANTED = "Zq8planted7Xw"
HARD = f"p%40ss%2F-{PLANTED}"  # with an @ and a slash in it
NOWHERE = "127.0.0.1:1/shop"
QUERY = f"select * from lines where 'token={PLANTED}' is not null"


class Case(NamedTuple):
    """A command with a secret in it, and the exit code that it has to have."""

    command: str
    code: int
    words: tuple[str, ...]
    environment: Mapping[str, str] = MappingProxyType({})


def sqlite(option: str = f"password={PLANTED}") -> str:
    """The address of the shop's database, with an option that SQLite itself never sees."""
    return f"sqlite:///<shop>?{option}"


TABLE = ("data=database", "data.table=lines")
CASES = {
    "options of an address": Case(
        "run",
        0,
        (*TABLE, f"data.url={sqlite(f'x=${{oc.env:DB_PASSWORD}}&token={HARD}')}", "profile=true", "log=json"),
        {"DB_PASSWORD": PLANTED},
    ),
    "whole group, and a study": Case(
        "run",
        0,
        (
            "data=database",
            f"++data={{url: '{sqlite()}', table: lines}}",
            *("tune=optuna", "tune.trials=1", "tune.storage=<folder>/studies"),
        ),
    ),
    "query": Case("run", 0, ("data=database", "data.url=sqlite:///<shop>", f'data.query="{QUERY}"')),
    "several jobs": Case(
        "run",
        0,
        ("-m", *TABLE, f"data.url={sqlite()}", "model.n_clusters=3,4", "hydra.sweep.dir=<folder>/sweep"),
    ),
    "choices on the screen": Case("run", 0, ("--cfg", "job", *TABLE, f"data.url={sqlite()}")),
    "look": Case("run", 0, ("look=true", *TABLE, f"data.url={sqlite()}")),
    "key beside": Case("run", 2, (*TABLE, f"+data.password={PLANTED}", "data.url=sqlite:///<shop>")),
    "unknown key": Case("run", 2, (*TABLE, f"data.token={PLANTED}", "data.url=sqlite:///<shop>")),
    "group beside": Case("run", 2, (*TABLE, f"+data.options={{password: {PLANTED}}}")),
    "no grammar": Case("run", 2, (*TABLE, f"data.options={{password: {PLANTED}")),
    "no address": Case("run", 2, (*TABLE, f"data.url=postgresql//u:{PLANTED}@host/db")),
    "no port": Case("run", 2, (*TABLE, f"data.url=postgresql://u:{PLANTED}@host:port/db")),
    "two at signs": Case("run", 2, (*TABLE, f"data.url=postgresql://u:p@{PLANTED}@host/db")),
    "nobody there": Case("run", 2, (*TABLE, f"data.url=postgresql://u:{HARD}@{NOWHERE}")),
    "no driver": Case("run", 2, (*TABLE, f"data.url=mysql://u:{PLANTED}@{NOWHERE}")),
    "no dialect": Case("run", 2, (*TABLE, f"data.url=shop+{PLANTED}://u:{PLANTED}@{NOWHERE}")),
    "no select": Case("run", 2, ("data=database", f'data.query="drop {QUERY}"')),
    "bad query": Case(
        "run", 2, ("data=database", "data.url=sqlite:///<shop>", f'data.query="{QUERY} and nothing"')
    ),
    "table that is none": Case("run", 2, ("data=database", f"data.url={sqlite()}", "data.table=tokens")),
    "as JSON": Case("run", 2, ("log=json", *TABLE, f"data.url=postgresql://u:{HARD}@{NOWHERE}")),
    "server of the store": Case("run", 2, (f"tracking.uri=http://u:{PLANTED}@127.0.0.1:1", SMALL)),
    "store in a database": Case("run", 2, (f"tracking.uri=postgresql://u:{PLANTED}@{NOWHERE}", SMALL)),
    "store that is none": Case("run", 2, (f"tracking.uri=ftp://u:{PLANTED}@host/x", SMALL)),
    "store of a variable": Case(
        "run",
        2,
        ("tracking.uri=http://127.0.0.1:1", SMALL),
        {"MLFLOW_TRACKING_USERNAME": "u", "MLFLOW_TRACKING_PASSWORD": PLANTED},
    ),
    "token of the store": Case(
        "run", 2, ("tracking.uri=http://127.0.0.1:1", SMALL), {"MLFLOW_TRACKING_TOKEN": PLANTED}
    ),
    "study elsewhere": Case(
        "run", 2, (SMALL, "tune=optuna", "tune.trials=1", f"tune.storage=postgresql://u:{PLANTED}@{NOWHERE}")
    ),
    "history of a run": Case("run", 0, (SMALL, f"history=postgresql://u:{PLANTED}@{NOWHERE}")),
    "scores": Case("score", 2, ("table=scores", f"database=postgresql://u:{PLANTED}@{NOWHERE}")),
    "scores of a variable": Case(
        "score", 2, ("table=scores",), {"SEGMENTLAB_SCORES": f"postgresql://u:{HARD}@{NOWHERE}"}
    ),
    "scores into a file": Case(
        "score", 0, ("output=<folder>/scored.csv", *TABLE, f"data.url={sqlite()}", "accept=[known]")
    ),
    "scores into a table": Case(
        "score", 0, ("table=scores", "database=sqlite:///<folder>/scores.db", *TABLE, f"data.url={sqlite()}")
    ),
    "history of scores": Case(
        "score", 2, ("output=<folder>/other.csv", f"history=postgresql://u:{PLANTED}@{NOWHERE}")
    ),
    "look at a model": Case("monitor", 1, (*TABLE, f"data.url={sqlite()}", "output=<folder>/monitor")),
    "baskets": Case("baskets", 0, (*TABLE, f"data.url={sqlite()}", "output=<folder>/baskets")),
    "reason": Case(
        "promote", 0, ("dry_run=true", "force=true", "run_id=<first>", f"reason='token={PLANTED}'")
    ),
    "comparison": Case("compare", 2, (f"filter=\"params.model = 'postgresql://u:{PLANTED}@x'\"",)),
    "deletion": Case(
        "forget", 2, ("customer='1'", "table=scores", f"database=postgresql://u:{PLANTED}@{NOWHERE}")
    ),
    "notebook": Case("notebook", 2, (f"uri=http://u:{PLANTED}@127.0.0.1:1",)),
}


CFG = ("--cfg", "job")
STORE = "tracking.uri=sqlite:///<folder>/mlflow.db"
HISTORY = "history=duckdb:///<folder>/history.duckdb"
CACHE = "cache_folder=<folder>/cache"
OWN = {
    "run": (STORE, HISTORY, CACHE, "evaluate=quick", "report=none"),
    "score": (STORE, HISTORY, CACHE),
    "monitor": (STORE, CACHE, "days=90", "refit=false"),
    "baskets": (CACHE,),
    "promote": (STORE,),
    "compare": (STORE,),
    "forget": (HISTORY, "lines=null", "taken=null"),
}


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Lab:
    """A store with a champion, and a database with the shop that it learnt from."""
    lab = Lab(tmp_path_factory.mktemp("lab"))
    (lab.folder / "tmp").mkdir()
    assert lab.run(SMALL, "report=none").returncode == 0
    done = perform(lab, Case("promote", 0, ("run_id=<first>", "force=true", "reason=first")))
    assert done[0] == 0, done
    lines = pd.concat(map(pd.read_parquet, sorted((lab.folder / "worlds").rglob("part-*.parquet"))))
    with sqlite3.connect(lab.folder / "shop.db") as shop:
        lines.to_sql("lines", shop, index=False)
    return lab


def perform(lab: Lab, case: Case) -> tuple[int, str]:
    """The exit code of a command, and all that it said."""
    places = {"shop": lab.folder / "shop.db", "folder": lab.folder, "first": lab.runs()[-1].info.run_id}

    def fill(text: str) -> str:
        for name, place in places.items():
            text = text.replace(f"<{name}>", str(place))
        return text

    flags = [word for word in case.words if word == "-m" or word in CFG]
    words = [fill(word) for word in case.words if word not in flags]
    given = {word.partition("=")[0] for word in words}
    own = [fill(word) for word in OWN.get(case.command, ()) if word.partition("=")[0] not in given]
    has_data = any(word.startswith(("data=database", "again=")) for word in words)
    world = [] if has_data else [f"data.folder={lab.folder / 'worlds'}", SMALL]
    own += world if case.command in ("run", "score") else []
    environment = {name: fill(value) for name, value in case.environment.items()}
    done = run_warm(
        [sys.executable, str(ROOT / "src" / f"{case.command}.py"), *flags, *dict.fromkeys([*own, *words])],
        lab.folder,
        {**os.environ, "TMPDIR": str(lab.folder / "tmp"), **environment},
    )
    return done.returncode, done.stdout + done.stderr


def find_planted(folder: Path) -> Iterator[str]:
    """Every file below the folder that has the secret in a name or in a byte, packed or not."""
    for path in sorted(folder.rglob("*")):
        if PLANTED in path.name:
            yield str(path)
        if path.is_file() and any(PLANTED.encode() in content for content in read_contents(path)):
            yield str(path)


def read_contents(path: Path) -> Iterator[bytes]:
    """The bytes of a file, of what is packed in it, and the values of a table."""
    content = path.read_bytes()
    yield content
    if path.suffix == ".parquet":
        yield pd.read_parquet(path).to_csv().encode()
        return
    if is_zipfile(BytesIO(content)):
        try:
            with ZipFile(BytesIO(content)) as packed:
                yield from (packed.read(name) for name in packed.namelist())
        except BadZipFile:
            return


@pytest.mark.parametrize("name", list(CASES))
def test_no_secret_is_left_or_said(lab: Lab, name: str) -> None:
    before = set(find_planted(lab.folder))
    code, said = perform(lab, CASES[name])
    assert PLANTED not in said, said
    assert "defect of SegmentLab" not in said, said
    assert code == CASES[name].code, said
    assert "Traceback" not in said
    assert set(find_planted(lab.folder)) - before == set()


def test_a_run_is_repeated_with_the_secret_from_where_it_is_kept(lab: Lab) -> None:
    """The address comes from the environment; what held a secret elsewhere is asked for by its name."""
    address = {"SEGMENTLAB_DATABASE": sqlite()}
    code, said = perform(lab, Case("run", 0, TABLE, address))
    assert code == 0, said
    again = f"again={lab.runs()[0].info.run_id}"
    code, said = perform(lab, Case("run", 0, (again,), address))
    assert (code, PLANTED in said) == (0, False), said
    assert "The same segments for all 300 customers" in said

    words = ("data=database", "data.url=sqlite:///<shop>", f'data.query="{QUERY}"')
    code, said = perform(lab, Case("run", 0, words))
    again = f"again={lab.runs()[0].info.run_id}"
    code, said = perform(lab, Case("run", 2, (again,)))
    assert code == 2, said
    assert "data.query held a password or a token" in said
    code, said = perform(lab, Case("run", 0, (again, words[2])))
    assert code == 0, said
    assert "The same segments for all 300 customers" in said
    assert set(find_planted(lab.folder)) == set()


def test_a_real_server_and_its_password(lab: Lab, postgres: Postgres) -> None:
    """What its driver says of a wrong one is told without it."""
    with sqlite3.connect(lab.folder / "shop.db") as shop:
        postgres.store("lines", pd.read_sql("select * from lines", shop))
    postgres.run(f"create role shopper login superuser password '{PLANTED}'")
    url = postgres.url().replace("keeper:s3cret", f"shopper:{PLANTED}")
    words = ("output=<folder>/scored.csv", "overwrite=true", *TABLE, f"data.url={url}", "accept=[known]")
    code, said = perform(lab, Case("score", 0, (*words, f"history={url}")))
    assert (code, PLANTED in said) == (0, False), said
    code, said = perform(
        lab, Case("score", 0, ("table=scores", f"database={url}", *words[2:], "history=null"))
    )
    assert (code, PLANTED in said) == (0, False), said
    stored = postgres.read("select manifest from scores_manifests")
    assert PLANTED not in stored
    wrong = url.replace(PLANTED, f"{PLANTED}2") + f"?sslpassword={PLANTED}"
    code, said = perform(lab, Case("run", 2, (*TABLE, f"data.url={wrong}")))
    assert (code, PLANTED in said) == (2, False), said
    assert "password authentication failed" in said
    assert set(find_planted(lab.folder)) == set()
