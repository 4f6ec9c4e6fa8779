"""HDBSCAN: a new point joins the branch of the tree that it is densely connected to."""

from dataclasses import dataclass
from typing import Protocol, Self

import numpy as np
import numpy.typing as npt

from segmentlab.modelling.interfaces import Labels, Points
from segmentlab.modelling.neighbours import FittedPoints
from segmentlab.modelling.numbering import NOISE

TreeValues = npt.NDArray[np.float64]


class CondensedTree(Protocol):
    """The package's tree of branches."""

    def to_numpy(self) -> npt.NDArray[np.void]:
        """A row per point or branch that leaves another branch: parent, child, lambda_val, child_size."""
        ...


class TreeModel(Protocol):
    """What is read from a fitted HDBSCAN."""

    labels_: Labels
    probabilities_: TreeValues
    condensed_tree_: CondensedTree
    min_samples: int | None
    min_cluster_size: int


@dataclass(frozen=True)
class Branches:
    """The condensed tree as arrays: per branch its parent, where it begins, and whose segment it is.

    Density is lambda, one over a distance. Branch 0 is the root.
    """

    parent: Labels
    begins: TreeValues  # the density at which a branch leaves its parent
    label: Labels
    heart: TreeValues  # the highest density of the segment that a branch belongs to

    def outwards(self, branch: Labels, density: TreeValues) -> Labels:
        """The first branch on the way to the root that begins at a lower density than this."""
        branch = branch.copy()
        while (outside := (branch > 0) & (self.begins[branch] >= density)).any():
            branch[outside] = self.parent[branch[outside]]
        return branch

    def strength(self, branch: Labels, density: TreeValues) -> TreeValues:
        """How near the heart of its segment a point of this density is; noise is near none."""
        heart = self.heart[branch]
        share = np.divide(np.minimum(density, heart), heart, out=np.ones_like(heart), where=heart > 0)
        return np.where(self.label[branch] == NOISE, 0.0, share)


@dataclass(frozen=True)
class BranchMembership:
    """The same answer as `hdbscan.approximate_predict`, from plain arrays and without the package.

    A point joins its nearest neighbour in mutual reachability, and from that neighbour's branch it goes
    outwards as far as its own density asks. Confidence is the package's membership strength: its density
    over the highest of the segment. A fitted point gets the label and strength of the fit; the package
    estimates those again, and now and then otherwise.
    """

    fitted: FittedPoints
    labels: Labels
    strengths: TreeValues
    core_distances: TreeValues
    leaves: Labels  # the branch that each fitted point drops out of
    leaves_at: TreeValues  # and at which density
    branches: Branches
    min_samples: int

    @classmethod
    def of(cls, model: TreeModel, points: Points) -> Self:
        """Read the fitted model."""
        fitted = FittedPoints(points)
        min_samples = model.min_samples or model.min_cluster_size
        rows = model.condensed_tree_.to_numpy()
        dropped = rows[rows["child"] < len(points)]
        leaves, leaves_at = np.empty(len(points), dtype=np.int64), np.empty(len(points))
        leaves[dropped["child"]] = dropped["parent"] - len(points)
        leaves_at[dropped["child"]] = dropped["lambda_val"]
        labels = np.asarray(model.labels_, dtype=np.int64)
        known = getattr(model, "core_distances_", None)  # finding them again takes as long as the fit
        return cls(
            fitted=fitted,
            labels=labels,
            strengths=np.asarray(model.probabilities_, dtype=np.float64),
            core_distances=fitted.nearest(points, min_samples)[0][:, -1] if known is None else known,
            leaves=leaves,
            leaves_at=leaves_at,
            branches=_build_branches(rows, leaves, labels),
            min_samples=min_samples,
        )

    def assign(self, points: Points) -> tuple[Labels, Points]:
        """The label and the strength of each point."""
        distances, positions = self.fitted.nearest(points, 1)
        label, strength = self.labels[positions[:, 0]], self.strengths[positions[:, 0]]
        new = distances[:, 0] > 0
        if new.any():
            label[new], strength[new] = self._join(points[new])
        return label, strength

    def _join(self, points: Points) -> tuple[Labels, Points]:
        distances, positions = self.fitted.nearest(points, 2 * self.min_samples)
        own_core = distances[:, [min(self.min_samples, distances.shape[1] - 1)]]
        reach = np.maximum(np.maximum(self.core_distances[positions], own_core), distances)
        rows, nearest = np.arange(len(points)), reach.argmin(axis=1)
        neighbour, density = positions[rows, nearest], 1 / reach[rows, nearest]
        leaf = self.leaves[neighbour]
        # Denser than where its neighbour drops out, it drops out with the neighbour.
        outwards = self.branches.outwards(leaf, density)
        branch = np.where(density >= self.leaves_at[neighbour], leaf, outwards)
        return self.branches.label[branch], self.branches.strength(branch, density)


def _build_branches(rows: npt.NDArray[np.void], leaves: Labels, labels: Labels) -> Branches:
    """The part of the tree that is about branches, each with the segment that it lies in."""
    root, last = len(leaves), int(rows["parent"].max())
    parent, begins = np.zeros(last - root + 1, dtype=np.int64), np.zeros(last - root + 1)
    inner = rows[rows["child"] >= root]
    parent[inner["child"] - root] = inner["parent"] - root
    begins[inner["child"] - root] = inner["lambda_val"]
    densest = np.zeros(len(parent))
    np.maximum.at(densest, rows["parent"] - root, rows["lambda_val"])
    label, heart = np.full(len(parent), NOISE), np.zeros(len(parent))
    for segment in np.unique(labels[labels != NOISE]):
        top = _find_common_branch(leaves[labels == segment], parent)
        label[top], heart[top] = segment, densest[top]
    for branch in range(1, len(parent)):  # parents come before their children
        if label[parent[branch]] != NOISE:
            label[branch], heart[branch] = label[parent[branch]], heart[parent[branch]]
    return Branches(parent, begins, label, heart)


def _find_common_branch(branches: Labels, parent: Labels) -> int:
    """The innermost branch that holds all of these."""
    found: set[int] = set(branches.tolist())
    for branch in range(max(found), 0, -1):
        if len(found) == 1:
            break
        if branch in found:
            found.remove(branch)
            found.add(int(parent[branch]))
    return found.pop()
