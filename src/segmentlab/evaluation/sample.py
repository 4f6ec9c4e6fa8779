"""A sample that keeps every segment's share, drawn by a seed."""

import numpy as np
import numpy.typing as npt


def stratified(labels: npt.NDArray[np.int_], size: int, seed: int) -> npt.NDArray[np.intp]:
    """Positions of about `size` rows, each segment in proportion and none below two rows.

    A plain random sample can miss a small segment, and its silhouette with it.
    """
    if len(labels) <= size:
        return np.arange(len(labels))
    generator = np.random.default_rng(seed)
    chosen = []
    for label in np.unique(labels):
        members = np.flatnonzero(labels == label)
        share = max(2, round(size * len(members) / len(labels)))
        chosen.append(generator.choice(members, size=min(share, len(members)), replace=False))
    return np.sort(np.concatenate(chosen))
