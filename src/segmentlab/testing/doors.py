"""What a test of somebody's own part calls: all laws of its kind, one after the other."""

import contextlib
import re
from collections.abc import Mapping, Sequence
from pathlib import Path

import pandas as pd

from segmentlab.evaluation import Check
from segmentlab.features import CustomerLearner, CustomerSet, FeatureSet, Learner
from segmentlab.modelling import Clusterer
from segmentlab.testing.checks import CHECK_LAWS
from segmentlab.testing.clusterers import CLUSTERER_LAWS, ModelCase, fit_usual
from segmentlab.testing.conf import check_headline, check_option
from segmentlab.testing.customer_sets import CUSTOMER_SET_LAWS, PeopleSetCase
from segmentlab.testing.feature_sets import FEATURE_SET_LAWS, LineSetCase
from segmentlab.testing.sources import SOURCE_LAWS
from segmentlab.transactions import Source


def check_feature_set(
    chosen: FeatureSet | Learner | CustomerSet | CustomerLearner,
    name: str | None = None,
    *,
    customers: pd.DataFrame | None = None,
    examples: int = 10,
) -> None:
    """Hold a feature set to its laws: it names what it needs, and describes every customer alike.

    Random logs are drawn, with cancellations, gifts, anonymous sales and purchases at midnight. Neither the
    order of the lines nor another customer may change a value, nothing at or after `as_of` may count, and
    what the set learnt has to come back from a file.

    Args:
        chosen: The set, such as `Visits()`.
        name: What `conf/features` calls it; its columns begin so. By default its class in small letters.
        customers: Some rows of a customers table, for a set that is made of it.
        examples: How many random logs, or tables, a law draws.

    Raises:
        AssertionError: A law is broken. The message says which and by what.

    Example:
        >>> import segmentlab as sl
        >>> from segmentlab.features import Rfm
        >>> from segmentlab.testing import check_feature_set
        >>> check_feature_set(Rfm(), examples=1)
    """
    name = name or re.sub(r"(?<=[a-z])(?=[A-Z])", "_", type(chosen).__name__).lower()
    if isinstance(chosen, (CustomerSet, CustomerLearner)):
        assert customers is not None, f"{name} is made of the customers table: give some rows as customers="
        people = PeopleSetCase(chosen, name, customers, examples)
        for people_law in CUSTOMER_SET_LAWS:
            people_law(people)
    else:
        case = LineSetCase(chosen, name, examples)
        for law in FEATURE_SET_LAWS:
            law(case)


def check_clusterer(model: Clusterer, exempt: Mapping[str, str] | None = None) -> None:
    """Hold a clusterer to its laws, on three groups of 40 customers that lie far apart.

    A class without `predict` is held to them too: its new customers are placed by the votes of their
    neighbours.

    Args:
        model: Not yet fitted, with parameters that suit 120 customers.
        exempt: Laws that it can't keep, by the names of their functions, each with the reason.

    Raises:
        AssertionError: A law is broken. The message says which and by what.

    Example:
        >>> from sklearn.cluster import KMeans
        >>> from segmentlab.testing import check_clusterer
        >>> check_clusterer(KMeans(3, random_state=0))
    """
    names = {law.__name__ for law in CLUSTERER_LAWS}
    unknown = set(exempt or {}) - names
    assert not unknown, f"there is no law {unknown}; there are {sorted(names)}"
    case = ModelCase(lambda occasion: fit_usual(model, occasion))
    for law in CLUSTERER_LAWS:
        if law.__name__ not in (exempt or {}):
            law(case)


def check_source(source: Source) -> None:
    """Hold a source to its laws: canonical columns and types, sound values, and the same when read again.

    Args:
        source: One that points at some small data.

    Raises:
        AssertionError: A law is broken. The message says which and by what.

    Example:
        >>> from tempfile import TemporaryDirectory
        >>> from segmentlab.testing import check_source
        >>> from segmentlab.transactions import SyntheticWorld
        >>> with TemporaryDirectory() as folder:
        ...     check_source(SyntheticWorld(customers=50, seed=0, folder=folder))
    """
    for law in SOURCE_LAWS:
        law(source)


def check_check(check: Check) -> None:
    """Hold a check to its laws: words that people can act on, and silence where nothing was measured.

    Args:
        check: An object of the class.

    Raises:
        AssertionError: A law is broken. The message says which and by what.

    Example:
        >>> from segmentlab.evaluation import list_checks
        >>> from segmentlab.testing import check_check
        >>> check_check(list_checks()[0])
    """
    for law in CHECK_LAWS:
        law(check)


def check_conf(folder: str | Path, choices: Mapping[str, Sequence[str]] | None = None) -> None:
    """Hold every file of a folder of choices to its laws: it is built, and says what it is.

    Args:
        folder: Your own, called `conf`, with a folder for each group.
        choices: For an option such as `data=shop` what else has to be chosen with it.

    Raises:
        AssertionError: A law is broken. The message says which and by what.
        ConfigError: An option can't be composed or built. The message says why.

    Example:
        >>> from pathlib import Path
        >>> from tempfile import TemporaryDirectory
        >>> from segmentlab.testing import check_conf
        >>> with TemporaryDirectory() as folder:
        ...     option = Path(folder, "conf", "view", "flat.yaml")
        ...     option.parent.mkdir(parents=True)
        ...     line = "_target_: segmentlab.modelling.PrincipalComponents  # the first two"
        ...     _ = option.write_text("# Two principal components" + chr(10) + line)
        ...     check_conf(option.parents[1])
    """
    folder = Path(folder).resolve()
    assert folder.name == "conf", f"{folder} is not called conf, so nobody looks there"
    options = [(path.parent.name, path.stem) for path in sorted(folder.glob("*/*.yaml"))]
    assert options, f"{folder} holds no option"
    with contextlib.chdir(folder.parent):
        for group, option in options:
            check_option(group, option, (choices or {}).get(f"{group}={option}", ()))
            check_headline(group, option)
