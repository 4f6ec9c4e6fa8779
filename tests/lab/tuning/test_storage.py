"""Where studies live: what is damaged is mended or told, and no password is shown."""

from pathlib import Path

import pytest

from segmentlab.errors import StoreError
from segmentlab.lab.tuning.storage import StudyJournal, mend_journal, open_storage
from tests.lab.tuning.fabricated import order, worked
from tests.postgres import Postgres, free_port


def test_what_a_killed_process_left_half_written_is_cut_off(tmp_path: Path) -> None:
    first = worked("study", order(tmp_path, trials=3))
    journal = tmp_path / "study.journal"
    whole = journal.read_bytes()
    journal.write_bytes(whole + b'{"op_code":4,"worker_')
    assert worked("study", order(tmp_path, trials=3)).trials == first.trials
    assert journal.read_bytes().startswith(whole + b'{"op_code"')
    assert worked("study", order(tmp_path, trials=5)).finished == 5


@pytest.mark.parametrize("content", [b"", b"a\n", b"a\nb", b"b"])
def test_mending_keeps_whole_lines(tmp_path: Path, content: bytes) -> None:
    journal = tmp_path / "journal"
    journal.write_bytes(content)
    mend_journal(journal)
    assert journal.read_bytes() == content[: content.rfind(b"\n") + 1]


def test_two_hands_on_one_journal_see_each_other(tmp_path: Path) -> None:
    one, other = (StudyJournal(tmp_path / "journal") for _ in range(2))
    one.append_logs([{"op_code": 0}])
    other.append_logs([{"op_code": 1}])
    assert [log["op_code"] for log in one.read_logs(0)] == [0, 1]


def test_a_file_that_is_no_journal_is_told(tmp_path: Path) -> None:
    (tmp_path / "study.journal").write_text("this is no journal\nat all\n")
    with pytest.raises(StoreError, match=r"study.journal is no journal of a study"):
        open_storage(str(tmp_path), "study")


@pytest.mark.parametrize(
    ("address", "message"),
    [
        ("/dev/null/studies", "Not a directory"),
        ("mongo://u:s3cret@nowhere/x", "mongo"),
        ("postgresql://", "tune.storage"),
        (f"postgresql://u:s3cret@127.0.0.1:{free_port()}/x", "refused"),
    ],
    ids=["no folder", "no such database", "no address", "nobody there"],  # a port differs between processes
)
def test_a_storage_that_can_not_be_opened(address: str, message: str) -> None:
    with pytest.raises(StoreError, match=message) as refused:
        open_storage(address, "study")
    assert "s3cret" not in str(refused.value)


def test_a_password_that_is_wrong(postgres: Postgres) -> None:
    with pytest.raises(StoreError, match="password authentication failed") as refused:
        open_storage(postgres.url(password="wr0ng"), "study")
    assert "wr0ng" not in str(refused.value)


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_a_database_keeps_a_study(kind: str, tmp_path: Path, postgres: Postgres) -> None:
    address = postgres.url() if kind == "postgresql" else f"sqlite:///{tmp_path}/new/studies.db"
    journal = worked("kept", order(tmp_path, trials=8))
    first = worked("kept", order(address, trials=5))
    again = worked("kept", order(address, trials=8))
    assert (first.finished, again.finished) == (5, 8)
    assert [one.tried for one in again.trials] == [one.tried for one in journal.trials]
