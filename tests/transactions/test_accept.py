"""The words for what somebody has looked at: known ones are handed on, others are refused."""

from pathlib import Path

import ibis
import pytest

from segmentlab.errors import ConfigError
from segmentlab.transactions import File, SyntheticWorld

LOG = "customer_id,quantity,unit_price,timestamp\nann,1,2.50,2024-01-02\n"


def test_what_was_looked_at_is_handed_on(tmp_path: Path) -> None:
    path = tmp_path / "log.csv"
    path.write_text(LOG)
    plain = File(path=str(path)).read(ibis.duckdb.connect())
    said = File(path=str(path), accept=["future"]).read(ibis.duckdb.connect())
    assert (plain.accept, said.accept) == ((), ("future",))
    assert plain.digest == said.digest, "what is read does not change"


def test_a_word_that_stands_for_nothing_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"data\.accept names 'futur', which stands for nothing. Known: "):
        SyntheticWorld(folder=str(tmp_path), accept=["futur"])
    with pytest.raises(ConfigError, match=r"expected a list: data.accept=\[future\]"):
        SyntheticWorld(folder=str(tmp_path), accept="future")
