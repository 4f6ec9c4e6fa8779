"""The laws of every source: each file in conf/data is held to them, on small data in the form of its own."""

import sqlite3
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from segmentlab.lab.config.build import build_source
from segmentlab.testing.logs import SHOP, make_frame
from segmentlab.testing.sources import SOURCE_LAWS
from segmentlab.transactions.dataset import Source
from segmentlab.transactions.memory import convert_to_arrow
from tests.configs import composed, options
from tests.people import MALL


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The shop as a file, as a database and as somebody's list of customers."""
    folder = tmp_path_factory.mktemp("small")
    make_frame(SHOP).to_csv(folder / "shop.csv", index=False)
    (folder / "mall.csv").write_text(MALL)
    with sqlite3.connect(folder / "shop.db") as connection:
        make_frame(SHOP).to_sql("lines", connection, index=False)
    connection.close()
    return folder


def choices(option: str, folder: Path) -> list[str]:
    """What puts small data in place of the real."""
    published = ["data.files=[shop.csv]", f"data.local={folder}"]
    return {
        "file": [f"data.path={folder / 'shop.csv'}"],
        "database": [f"data.url=sqlite:///{folder / 'shop.db'}", "data.table=lines"],
        "mall": ["data.files=[mall.csv]", f"data.local={folder}"],
        "online_retail": published,
        "online_retail_ii": published,
        "synthetic": ["data.customers=50", f"data.folder={folder / 'worlds'}"],
        "memory": [],
    }[option]


@pytest.mark.parametrize("option", options("data"))
@pytest.mark.parametrize("law", SOURCE_LAWS, ids=lambda law: law.__name__)
def test_law(law: Callable[[Source], None], option: str, folder: Path) -> None:
    source = build_source(composed(f"data={option}", *choices(option, folder)))
    law(replace(source, lines=convert_to_arrow(make_frame(SHOP))) if option == "memory" else source)
