"""SegmentLab: from raw retail transactions to customer segments that hold.

    import segmentlab as sl

    found = sl.segment(frame, features=["rfm", "rhythm"], model="kmeans", n_clusters=5)
    found.customers, found.profile, found.verdict, found.checks

Everything is loaded when it is first asked for, so importing this costs nothing.
"""

import lazy_loader

__version__ = "0.1.0"

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
