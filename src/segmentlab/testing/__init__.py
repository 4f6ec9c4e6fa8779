"""The laws that every part of a segmentation is held to, for tests of parts that somebody writes themselves.

    from segmentlab.testing import check_feature_set

    def test_visits():
        check_feature_set(Visits())

Our own parts are held to the same laws by our own tests. A broken law is an AssertionError that says what was
asked and what came. Examples are drawn by Hypothesis: `pip install "segmentlab[testing]"`.
"""

from importlib.util import find_spec

import lazy_loader

if find_spec("hypothesis") is None:
    raise ImportError(
        "segmentlab.testing draws its examples with Hypothesis, which is not installed: "
        'pip install "segmentlab[testing]"'
    )

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
