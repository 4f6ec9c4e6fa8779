"""Whether a model answers where nothing of this process is: loaded by MLflow alone, and without pickles."""

import json
import os
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Final

from segmentlab.errors import StoreError
from segmentlab.redaction import redact_text

if TYPE_CHECKING:
    import pandas as pd

    from segmentlab.modelling import Scorer


# The store's address comes by the environment: arguments are for everybody on the machine to read.
CLEAN_SCRIPT: Final = """
import json, sys
import mlflow, pandas as pd
address, rows, answer = sys.argv[1:]
model = mlflow.pyfunc.load_model(address)
model.predict(pd.read_parquet(rows)).to_parquet(answer)
signature = model.metadata.signature
print(json.dumps({"takes": signature.inputs.input_names(), "gives": signature.outputs.input_names()}))
"""
CLEAN_TIMEOUT: Final = 600  # seconds; it takes five on a quiet machine, most of them for imports


def check_answer(address: str, uri: str, scorer: "Scorer", rows: "pd.DataFrame") -> None:
    """Refuse a model that does not load, whose signature is not its own, or that answers otherwise here."""
    import pandas as pd

    given = rows[list(scorer.features)].reset_index(drop=True)
    with TemporaryDirectory(prefix="segmentlab-") as folder:
        asked, answered = Path(folder, "rows.parquet"), Path(folder, "answer.parquet")
        given.to_parquet(asked)
        signature = json.loads(_run_clean_process(address, uri, str(asked), str(answered)))
        answer = pd.read_parquet(answered)
    if signature != {"takes": list(scorer.features), "gives": list(answer.columns)}:
        raise StoreError(
            f"The signature of {address} is not what the model takes and gives: {signature}. "
            "Make the run again."
        )
    try:
        pd.testing.assert_frame_equal(answer, scorer.assign(given), check_dtype=False)
    except AssertionError as difference:
        raise StoreError(
            f"{address} answers otherwise in a process of its own ({str(difference).splitlines()[0]}). "
            "Make the run again in this environment."
        ) from difference


def _run_clean_process(address: str, uri: str, *files: str) -> str:
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    environment |= {"MLFLOW_TRACKING_URI": uri, "MLFLOW_ALLOW_PICKLE_DESERIALIZATION": "false"}
    try:
        done = subprocess.run(  # noqa: S603  (our own script, in this interpreter)
            [sys.executable, "-B", "-W", "ignore", "-c", CLEAN_SCRIPT, address, *files],
            env=environment,
            cwd=Path(files[0]).parent,
            capture_output=True,
            text=True,
            check=False,
            timeout=CLEAN_TIMEOUT,
        )
    except subprocess.TimeoutExpired:
        raise StoreError(
            f"{address} gave no answer within {CLEAN_TIMEOUT} seconds in a process of its own. Try "
            "again when the "
            "machine and the store are less busy."
        ) from None
    if done.returncode:
        reason = (done.stderr.strip().splitlines() or [f"exit code {done.returncode}"])[-1]
        raise StoreError(redact_text(f"{address} can't be loaded in a process of its own: {reason}"))
    return done.stdout.strip().splitlines()[-1]
