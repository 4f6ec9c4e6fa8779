"""What principal components are made of."""

import numpy as np
import pandas as pd
import pytest
from sklearn.decomposition import PCA

from segmentlab.features.feature_set import Column
from segmentlab.modelling.view import make_loadings_table
from segmentlab.report.figures.loadings import draw_loadings

COLUMNS = [Column("rfm_frequency", "", ""), Column("rfm_monetary", "", "")]


@pytest.fixture
def table() -> pd.DataFrame:
    # The spread along the diagonal is sixteen times the spread across it.
    customers = np.array([[4.0, 4.0], [-4.0, -4.0], [1.0, -1.0], [-1.0, 1.0]])
    return make_loadings_table(PCA(2).fit(customers), [column.name for column in COLUMNS])


def test_a_row_holds_the_share_and_the_weights_of_a_component(table):
    assert table.index.tolist() == [1, 2]
    assert table.columns.tolist() == ["explained_variance_ratio", "rfm_frequency", "rfm_monetary"]
    assert table["explained_variance_ratio"].tolist() == pytest.approx([16 / 17, 1 / 17])
    assert table.iloc[0, 1:].tolist() == pytest.approx([np.sqrt(0.5)] * 2)
    assert (table.iloc[:, 1:] ** 2).sum(axis=1).tolist() == pytest.approx([1, 1])


def test_the_picture_says_weights_and_shares(table):
    picture = draw_loadings(table, COLUMNS)
    (cells,) = picture.figure.data
    assert [[text.lstrip("+-") for text in row] for row in cells.text] == [["0.71", "0.71"]] * 2
    assert picture.figure.layout.yaxis.ticktext[0] == "Component 1<br>94.1 %"
    assert picture.figure.layout.xaxis.ticktext == ("Frequency", "Monetary")
    assert "100.0 % together" in picture.caption
