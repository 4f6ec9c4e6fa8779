"""Runs as a store might hold them, without having been run."""

from segmentlab.evaluation.logged_run import LoggedRun

BASICS = {
    "segments/count": 4.0,
    "separation/coverage": 1.0,
    "separation/silhouette": 0.3,
    "separation/davies_bouldin": 1.0,
}
EVIDENCE = {
    "calibrated/silhouette_z": 3.0,
    "calibrated/davies_bouldin_z": 3.0,
    "stability/jaccard_min": 0.8,
    "stability/prediction_strength": 0.8,
    "usefulness/spend_r2": 0.3,
    "usefulness/repurchase_auc": 0.7,
}


def logged(
    run_id: str,
    metrics: dict[str, float] | None = None,
    params: dict[str, str] | None = None,
    tags: dict[str, str] | None = None,
    *,
    without: tuple[str, ...] = (),
) -> LoggedRun:
    """A run of four segments with all evidence, but for what is said; `without` names metrics it lacks."""
    measured = {**BASICS, **EVIDENCE, **(metrics or {})}
    chosen = {"features": "rfm", "features.rfm._target_": "Rfm", "prepare": "log_standard",
              "prepare._target_": "Log", "model": "kmeans", "evaluate": "standard",
              "evaluate.holdout_days": "90", "as_of": "None", "leave_out": "[]", "data": "shop"}  # fmt: skip
    return LoggedRun(
        run_id,
        f"run {run_id}",
        chosen | (params or {}),
        {name: value for name, value in measured.items() if not name.startswith(without)}
        if without
        else measured,
        {"data.digest": "d" * 64, "data.name": "shop"} | (tags or {}),
    )
