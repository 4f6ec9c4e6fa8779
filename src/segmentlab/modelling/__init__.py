"""From customers to labels: who is set apart, preparation, projection, clusterer, and placement.

A `Segmenter` learns all of it at once; the `Scorer` that it makes is what is kept, and what places the
customers of tomorrow.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
