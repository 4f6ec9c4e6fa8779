"""Agreement with a truth that is only known where it was planted."""

import numpy as np
import numpy.typing as npt
import pandas as pd
from sklearn.metrics import adjusted_rand_score


def adjusted_rand(customers: pd.Index, labels: npt.NDArray[np.int_], truth: pd.Series) -> float:
    """1 for the planted segments exactly, about 0 for chance; over the customers that were segmented."""
    return float(adjusted_rand_score(truth.reindex(customers), labels))
