"""The evidence as tables that people read."""

from collections.abc import Iterator
from typing import Final

import pandas as pd

from segmentlab.evaluation.judgement import Judgement
from segmentlab.report.table import Table
from segmentlab.report.wording import MISSING, amount, percent

FORECASTS: Final = {
    "segments": "These segments",
    "baseline_rfm_grid": "Grid of RFM quantiles, as many cells",
    "baseline_single": "One segment for all",
    "ceiling_features": "The features themselves (ceiling)",
}
SCORES: Final = {
    "spend_r2": "Later spend, R2",
    "spend_rank": "Later spend, ranks",
    "repurchase_auc": "Who buys again, AUC",
    "repurchase_calibration": "Calibration error",
}


def evidence_tables(judgement: Judgement | None, names: pd.Series) -> list[Table]:
    """Stability per segment, usefulness and spikes, as far as they were measured."""
    return [] if judgement is None else list(_tables(judgement, names))


def _tables(judgement: Judgement, names: pd.Series) -> Iterator[Table]:
    evidence = judgement.evidence
    if evidence.stability is not None:
        yield stability_table(evidence.stability, names)
    if evidence.usefulness is not None:
        yield usefulness_table(evidence.usefulness)
    yield atoms_table(evidence.atoms)


def stability_table(stability: pd.DataFrame, names: pd.Series) -> Table:
    """Whether each segment is found again among resampled customers."""
    rows = [
        [str(row["name"]), amount(row["jaccard"]), str(row["verdict"]),
         percent(row["recovered"]), percent(row["dissolved"])]
        for _, row in stability.join(names).iterrows()
    ]  # fmt: skip
    headings = ["Segment", "Jaccard", "Verdict", "Draws that find it", "Draws that lose it"]
    return Table("Stability: is each segment found again?", headings, rows)


def usefulness_table(table: pd.DataFrame) -> Table:
    """What each forecast said of the days after, with its 95 % interval."""
    shown = {score: heading for score, heading in SCORES.items() if score in table}
    rows = [
        [FORECASTS[str(forecast)], *(_with_interval(row, score) for score in shown)]
        for forecast, row in table.iterrows()
    ]
    title = "Usefulness: what customers did after the day on which the segments were learnt"
    return Table(title, ["Forecast", *shown.values()], rows)


def atoms_table(atoms: pd.DataFrame) -> Table:
    """The most frequent value of each feature."""
    rows = [[str(feature), amount(row["value"]), percent(row["share"])] for feature, row in atoms.iterrows()]
    return Table("Spikes: values that many customers share", ["Feature", "Value", "Customers"], rows)


def _with_interval(row: pd.Series, score: str) -> str:
    if pd.isna(row[score]):
        return MISSING
    if f"{score}_low" not in row:
        return amount(row[score])
    return f"{amount(row[score])} ({amount(row[f'{score}_low'])} to {amount(row[f'{score}_high'])})"
