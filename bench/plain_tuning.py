"""The study as one would write it with Optuna, scikit-learn, hdbscan and MLflow: fit, score, log."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from time import perf_counter
from typing import Any

import hdbscan
import mlflow
import numpy as np
import numpy.typing as npt
import optuna
from sklearn.cluster import DBSCAN, AgglomerativeClustering, KMeans
from sklearn.metrics import davies_bouldin_score, silhouette_score
from threadpoolctl import threadpool_limits

Points = npt.NDArray[np.float64]
Labels = npt.NDArray[np.int64]
Parameters = Mapping[str, Any]
Values = Mapping[str, float]

OBJECTIVES = ("separation/silhouette", "separation/davies_bouldin")
LIBRARY = {
    "kmeans": lambda parameters: KMeans(n_init=25, tol=1e-6, random_state=0, **parameters),
    "hierarchical": lambda parameters: AgglomerativeClustering(**parameters),
    "dbscan": lambda parameters: DBSCAN(**parameters),
    "hdbscan": lambda parameters: hdbscan.HDBSCAN(approx_min_span_tree=False, **parameters),
}
PRUNED = optuna.trial.TrialState.PRUNED


@dataclass
class Loop:
    """What the loop found, and the seconds of each of its parts."""

    values: list[Values] = field(default_factory=list)
    labels: list[Labels] = field(default_factory=list)
    parts: dict[str, float] = field(default_factory=lambda: defaultdict(float))

    @contextmanager
    def timed(self, part: str) -> Iterator[None]:
        """Add the time of a block to a part."""
        start = perf_counter()
        yield
        self.parts[part] += perf_counter() - start


def plain_loop(model: str, points: Points, proposals: Sequence[Parameters]) -> Loop:
    """Try these proposals: to be given them costs Optuna less than to find them.

    One thread for OpenMP and BLAS, as ours: threads that wait for a busy core take this loop up to a
    hundred times as long, which would be no merit of ours.
    """
    loop = Loop()
    study = optuna.create_study(directions=["maximize", "minimize"])
    mlflow.set_experiment(model)
    with threadpool_limits(1), mlflow.start_run():
        for parameters in proposals:
            with loop.timed("Optuna"):
                study.enqueue_trial(dict(parameters))
                trial = study.ask()
            with loop.timed("fits"):
                labels = plain_labels(model, points, parameters)
            with loop.timed("scores"):
                values = plain_values(points, labels)
            with loop.timed("tracking"), mlflow.start_run(nested=True):
                mlflow.log_params(dict(parameters))
                for name, value in values.items():
                    mlflow.log_metric(name, value)
            with loop.timed("Optuna"):
                study.tell(trial, list(values.values()) or None, state=None if values else PRUNED)
            loop.values.append(values)
            loop.labels.append(labels)
    return loop


def plain_labels(model: str, points: Points, parameters: Parameters) -> Labels:
    """A fit of the library's class."""
    return np.asarray(LIBRARY[model](parameters).fit_predict(points))


def plain_values(points: Points, labels: Labels) -> Values:
    """Both objectives without noise; nothing where there are fewer than two segments."""
    real = labels != -1
    if len(np.unique(labels[real])) < 2:
        return {}
    scores = silhouette_score(points[real], labels[real]), davies_bouldin_score(points[real], labels[real])
    return dict(zip(OBJECTIVES, scores, strict=True))
