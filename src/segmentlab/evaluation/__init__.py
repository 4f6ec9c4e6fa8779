"""What speaks for and against segments: metrics, checks, stability, nulls, usefulness, comparison of runs.

Everything is measured in the prepared features, without noise, by seed. What can't be measured is missing.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
