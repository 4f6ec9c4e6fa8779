"""What a segmentation becomes once it is learnt: the one object that is logged and scored with."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from pandas.api.extensions import ExtensionArray

from segmentlab.errors import DataError
from segmentlab.features import convert_to_floats, find_broken_value
from segmentlab.modelling.apart_rules import NOT_APART, add_apart_labels, find_apart_rules
from segmentlab.modelling.interfaces import ApartRule, Assigner, Labels, Points, Transformer
from segmentlab.modelling.numbering import NOISE, renumber_labels

SCORING_BLOCK = 100_000  # customers placed at a time: memory is bounded, whatever the model


@dataclass(frozen=True)
class Scorer:
    """Set-apart rules, preparation, projection, assignment and numbering, fitted together.

    Keeping them in one object is what makes scoring safe: tomorrow's customers pass through exactly
    the transforms that today's segments were formed in.
    """

    features: tuple[str, ...]
    apart: Sequence[ApartRule]
    preparation: Transformer
    projection: Transformer
    assigner: Assigner
    first_free: int  # the label after the model's own: set-apart segments are counted from here
    order: Labels
    names: Mapping[int, str]

    @property
    def given(self) -> dict[int, str]:
        """The names that are settled: of noise, and of the segments that rules set apart."""
        found = {number for number, label in enumerate(self.order) if label < self.first_free}
        return {number: name for number, name in self.names.items() if number not in found}

    @property
    def unnumbered(self) -> "Scorer":
        """The same with the model's own labels: a segment is numbered when all who are in it are known."""
        labels = np.arange(self.first_free + len(self.apart), dtype=np.int64)
        return replace(self, order=labels, names=dict.fromkeys([NOISE, *labels.tolist()], ""))

    def prepare(self, features: pd.DataFrame) -> pd.DataFrame:
        """Features in the scoring space: the one in which separation is measured."""
        prepared = self.preparation.transform(features[list(self.features)])
        return pd.DataFrame(np.asarray(prepared), index=features.index, columns=list(self.features))

    def project(self, prepared: pd.DataFrame) -> Points:
        """Prepared features in the space that the model clusters in."""
        return np.asarray(self.projection.transform(prepared), dtype=np.float64)

    def assign(self, features: pd.DataFrame) -> pd.DataFrame:
        """`segment`, `name` and `confidence` per customer, for fitted customers and new ones alike."""
        check_feature_columns(features, self.features)
        rows = features[list(self.features)]
        check_features(rows)
        return pd.concat([self._place_block(block) for block in _split_into_blocks(rows)])

    def predict(self, features: pd.DataFrame) -> Labels:
        """The segment number per customer."""
        return self.assign(features)["segment"].to_numpy()

    def _place_block(self, features: pd.DataFrame) -> pd.DataFrame:
        taken = find_apart_rules(self.apart, features)
        stayed = features[taken == NOT_APART]
        labels, confidence = np.empty(0, dtype=np.int64), np.ones(len(features))
        if len(stayed):
            labels, confidence[taken == NOT_APART] = self.assigner.assign(self.project(self.prepare(stayed)))
        segment = renumber_labels(add_apart_labels(taken, self.apart, labels, self.first_free), self.order)
        confidence[segment == NOISE] = 0.0  # nobody can be at the heart of no segment
        return pd.DataFrame(
            {"segment": segment, "name": self.name_segments(segment), "confidence": confidence},
            index=features.index,
        )

    def name_segments(self, numbers: Labels) -> ExtensionArray:
        """The name of each number; each name is written once, whatever the number of customers."""
        known = sorted(self.names)
        names = pd.array([self.names[number] for number in known], dtype="str")
        return names.take(np.searchsorted(known, numbers))


def check_features(features: pd.DataFrame) -> None:
    """Refuse an empty table and a value that no model can take, naming the feature and the row."""
    if features.empty:
        raise DataError("There are no customers to place: the feature table is empty.")
    broken = find_broken_value(features)
    if broken:
        raise DataError(
            f"Feature '{broken.feature}' of {broken.row} is {broken.value}. "
            "Models need numbers, neither NaN nor infinite: complete or remove the row."
        )


def check_feature_columns(features: pd.DataFrame, expected: Sequence[str]) -> None:
    """Refuse a table that lacks a feature that the model was trained on."""
    missing = [name for name in expected if name not in features.columns]
    if missing:
        raise DataError(
            f"The model needs the features {', '.join(expected)}; missing: {', '.join(missing)}. "
            "Score with the feature sets that the model was trained on."
        )


def _split_into_blocks(features: pd.DataFrame) -> Iterator[pd.DataFrame]:
    """As floating point numbers, whatever they came as: counts are whole numbers in many a table."""
    for start in range(0, len(features), SCORING_BLOCK):
        block = features.iloc[start : start + SCORING_BLOCK]
        yield pd.DataFrame(convert_to_floats(block), index=block.index, columns=block.columns)
