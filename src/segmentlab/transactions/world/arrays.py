"""The kinds of columns that the world is made of, whatever their width."""

from typing import Any

import numpy as np
import numpy.typing as npt

Ints = npt.NDArray[np.integer[Any]]
Floats = npt.NDArray[np.floating[Any]]
Numbers = npt.NDArray[np.number[Any]]  # whole numbers, perhaps held as floats
Flags = npt.NDArray[np.bool_]
