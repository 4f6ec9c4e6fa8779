"""From lines to customers: sets of features, one file each, and the table that they are joined to.

A set is an Ibis expression that follows the laws of `FeatureSet`, so it runs on any engine. `build_table`
joins sets and refuses what no model can work with.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
