"""A return is negative, whether its amount says so or a word beside it."""

from pathlib import Path

import ibis
import pytest

from segmentlab.errors import ConfigError, DataError
from segmentlab.transactions.file import File


def read(folder: Path, words: dict[str, int], **said: object) -> tuple[list[float], str]:
    rows = "".join(f"a,2020-01-31,{amount},{word}\n" for word, amount in words.items())
    (folder / "shop.csv").write_text(f"customer,date,amount,type\n{rows}")
    dataset = File(path=str(folder / "shop.csv"), **said).read(ibis.duckdb.connect())  # type: ignore[arg-type]
    return dataset.transactions.to_pandas()["line_total"].tolist(), " ".join(dataset.notes)


def test_words_for_returns_make_negative_lines(tmp_path: Path) -> None:
    found, notes = read(tmp_path, {"Sale": 5, "Return": 3})
    assert found == [5, -3]
    assert "1 lines are returns by 'type' (return)" in notes
    assert read(tmp_path, {"Sale": 5, "Return": -3})[0] == [5, -3]
    assert read(tmp_path, {"Member": 5, "Normal": 3})[0] == [5, 3]
    assert read(tmp_path, {"Sale": 5, "Return": 3}, columns={"sign": "none"})[0] == [5, 3]


def test_credit_and_debit_are_asked(tmp_path: Path) -> None:
    words = {"credit": 5, "Debit": 3}
    with pytest.raises(DataError, match=r"credit and debit.*data\.signs='\{credit: 1, debit: -1\}'"):
        read(tmp_path, words)
    assert read(tmp_path, words, signs={"credit": -1, "debit": 1})[0] == [-5, 3]
    assert read(tmp_path, words, accept=["sign"])[0] == [5, 3]
    with pytest.raises(ConfigError, match="expected 1 or -1 for each word of the column: credit, debit"):
        read(tmp_path, words, signs={"credit": 1})
