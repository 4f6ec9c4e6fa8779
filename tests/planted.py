"""Small worlds whose segments are known."""

import numpy as np
from sklearn.datasets import make_moons


def blobs(seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Four round groups of one size and spread."""
    centres = np.array([[0.0, 0.0], [8.0, 0.0], [0.0, 8.0], [8.0, 8.0]])
    return _around(centres, [1.0] * 4, [150] * 4, seed)


def unequal(seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """A wide group beside two narrow ones, all long in different directions: mixtures are made for it."""
    generator = np.random.default_rng(seed)
    spreads = [np.diag([6.0, 0.3]), np.diag([0.3, 2.0]), np.diag([0.5, 0.5])]
    centres = np.array([[0.0, 0.0], [0.0, 7.0], [6.0, 4.0]])
    truth = np.repeat([0, 1, 2], [400, 150, 100])
    noise = generator.normal(size=(len(truth), 2))
    points = centres[truth] + np.einsum("ij,ijk->ik", noise, np.array(spreads)[truth])
    return points, truth


def moons(seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Two bent groups, and customers all over the place who belong to neither (-1)."""
    generator = np.random.default_rng(seed)
    points, truth = make_moons(600, noise=0.06, random_state=seed)
    scattered = generator.uniform([-2.5, -2.0], [3.5, 2.5], (60, 2))
    return np.concatenate([points, scattered]), np.append(truth, np.full(60, -1))


def nested(seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Three families of three groups each: near within a family, far between families."""
    families = np.array([[0.0, 0.0], [30.0, 0.0], [15.0, 26.0]])
    members = np.array([[0.0, 0.0], [6.0, 0.0], [3.0, 5.2]])
    centres = (families[:, None, :] + members[None, :, :]).reshape(-1, 2)
    return _around(centres, [0.8] * 9, [20, 120, 60] * 3, seed)


WORLDS = {"blobs": blobs, "unequal": unequal, "moons": moons, "nested": nested}


def _around(
    centres: np.ndarray, spreads: list[float], sizes: list[int], seed: int
) -> tuple[np.ndarray, np.ndarray]:
    generator = np.random.default_rng(seed)
    truth = np.repeat(np.arange(len(centres)), sizes)
    noise = generator.normal(size=(len(truth), centres.shape[1])) * np.array(spreads)[truth][:, None]
    return centres[truth] + noise, truth
