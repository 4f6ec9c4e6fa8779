"""What is wrong is said in one message: exit code 2, no traceback, nothing half-written."""

from pathlib import Path

import pandas as pd
import pytest

from segmentlab.testing.logs import SHOP
from segmentlab.testing.logs import make_frame as frame
from tests.commands import SMALL, Lab


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Lab:
    return Lab(tmp_path_factory.mktemp("lab"))


def test_what_can_not_be_is_said_before_data_is_read(lab: Lab, tmp_path: Path) -> None:
    """The data is not there either, and nobody looked."""
    nowhere = ("data=file", f"data.path={tmp_path / 'none.csv'}")
    assert_refused(lab, "model: The 'n_clusters' parameter of KMeans", "model.n_clusters=abc", *nowhere)


@pytest.mark.parametrize(
    ("argument", "message"),
    [
        ("leave_out=[rfm_recenzy]", "leave_out names rfm_recenzy"),
        ("tracking.uri=", "tracking.uri"),
        ("engine.memory_limit=2MiB", "A query needs more memory than it may have"),
    ],
)
def test_a_choice_that_only_the_data_or_the_store_refuses(lab: Lab, argument: str, message: str) -> None:
    assert_refused(lab, message, argument, SMALL)


@pytest.mark.parametrize(
    ("lines", "message"),
    [
        (None, "shop.parquet: no such file or folder"),
        (b"", "shop.parquet: not readable as Parquet"),
        (frame([]), "shop.parquet: the table holds no rows"),
        (
            frame(SHOP).drop(columns="quantity"),
            "no column for 'quantity' (pieces; negative when returned)",
        ),
        (
            frame(SHOP).assign(unit_price=float("inf")),
            "column 'unit_price' is missing, not finite or implausible in 10 rows",
        ),
        (frame([SHOP[7]]), "cleaning leaves no row of 1. The rule 'unknown_customer' took 1"),
    ],
    ids=["missing", "empty", "no rows", "no column", "infinite", "nothing left"],
)
def test_data_that_can_not_be_used(lab: Lab, tmp_path: Path, lines: object, message: str) -> None:
    path = tmp_path / "shop.parquet"
    if isinstance(lines, bytes):
        path.write_bytes(lines)
    elif isinstance(lines, pd.DataFrame):
        lines.to_parquet(path)
    assert_refused(lab, message, "data=file", f"data.path={path}")


@pytest.mark.parametrize(
    ("text", "said", "message"),
    [
        ("", (), "shop.csv: the file is empty"),
        ("a,b\n1,2\n", (), "shop.csv: no column for 'customer_id'"),
        ("customer,date,qty,price\na,01/02/2010,1,2\n", (), "Say which: data.dates=day_first"),
        ("customer,date,qty,price\na,2010-01-02,1e300,2\n", (), "line 2 '1e300'"),
        ("customer,date,qty,price\na,2010-01-02,1,2\n", ("data.encoding=klingon",), "no such encoding"),
        ("customer,date,qty,price\na,2010-01-02,1,2\n", ("data.columns.country=Land",), "no such column"),
    ],
)
def test_a_text_that_can_not_be_used(
    lab: Lab, tmp_path: Path, text: str, said: tuple[str, ...], message: str
) -> None:
    path = tmp_path / "shop.csv"
    path.write_text(text)
    assert_refused(lab, message, "data=file", f"data.path={path}", *said)


def test_a_look_shows_the_reading_and_runs_nothing(lab: Lab, tmp_path: Path) -> None:
    path, before = tmp_path / "shop.csv", len(lab.runs())
    path.write_text(
        "customer,date,qty,price,description,note\n007,13/02/2010,1,2,=cmd() <script> [red],my own\n"
    )
    looked = lab.run("data=file", f"data.path={path}", "look=true", COLUMNS="200")
    assert looked.returncode == 0, looked.stderr
    said = ("customer_id = 'customer'", "day first: %d/%m/%Y")
    for shown in (*said, "007", "=cmd() <script> [red]", "my own"):
        assert shown in looked.stdout
    assert len(lab.runs()) == before


def test_rows_set_aside_lie_beside_the_run(lab: Lab, tmp_path: Path) -> None:
    path = tmp_path / "shop.csv"
    lines = [f"{customer},{2010 + customer % 7}-01-13,{1 + customer % 30},2" for customer in range(1, 40)]
    path.write_text("\n".join(["customer,date,qty,price", *lines, "=cmd(),2011-01-01,many,2"]))
    done = lab.run(
        "data=file", f"data.path={path}", "data.on_bad_rows=quarantine", "leave_out=[rfm_frequency]"
    )
    assert done.returncode == 0, done.stderr
    run = lab.runs()[0]
    assert run.data.metrics["data/quarantined"] == 1
    assert "41" in lab.download(run, "data/quarantine.csv").read_text()
    assert "year first" in lab.download(run, "data/notes.txt").read_text()


def test_data_that_can_not_be_read_leaves_no_run(lab: Lab, tmp_path: Path) -> None:
    before = len(lab.runs())
    assert_refused(lab, "no such file", "data=file", f"data.path={tmp_path / 'none.parquet'}")
    assert len(lab.runs()) == before


def test_a_run_that_fails_after_its_data_is_read_is_kept_with_the_reason(lab: Lab) -> None:
    assert_refused(lab, "900 segments need at least 900 customers", SMALL, "model.n_clusters=900")
    run = lab.runs()[0]
    assert run.info.status == "FAILED"
    assert "900 segments need at least 900 customers" in run.data.tags["segmentlab.failure"]
    assert run.data.params["model.n_clusters"] == "900"
    assert set(lab.files(run.info.run_id)) == {"config.yaml"}


def test_a_feature_that_is_constant(lab: Lab, tmp_path: Path) -> None:
    lines = frame(SHOP[:3] + SHOP[4:7]).assign(unit_price=2.0, quantity=1.0, invoice_id="1")
    path = tmp_path / "shop.parquet"
    lines.to_parquet(path)
    message = "Features 'rfm_frequency' is 1 and 'rfm_monetary' is 6 for all 2 customers"
    assert_refused(lab, message, "data=file", f"data.path={path}", "model.n_clusters=2")


@pytest.mark.parametrize(
    ("uri", "message"),
    [
        ("http://127.0.0.1:9", "127.0.0.1:9"),
        ("file:///tmp/mlruns", "is no store to work with"),
        ("sqlite:////dev/null/mlruns/mlflow.db", "/dev/null"),
    ],
    ids=["no server", "a store of files", "an unwritable folder"],
)
def test_a_store_that_can_not_be_opened(lab: Lab, uri: str, message: str) -> None:
    assert_refused(lab, message, SMALL, f"tracking.uri={uri}")


def test_a_corrupt_store_is_refused_and_left_as_it_is(tmp_path: Path) -> None:
    broken = tmp_path / "mlflow.db"
    broken.write_bytes(b"this is no database " * 400)
    assert_refused(Lab(tmp_path), "mlflow.db", SMALL)
    assert broken.read_bytes() == b"this is no database " * 400


def assert_refused(lab: Lab, message: str, *arguments: str) -> None:
    refused = lab.run(*arguments)
    assert refused.returncode == 2, refused.stdout + refused.stderr
    assert refused.stderr.startswith("Error: ")
    assert message in refused.stderr
    assert "Traceback" not in refused.stderr
