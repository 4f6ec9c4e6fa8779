"""The lab notebook: notes whose commands run, and whose tables are made from the store."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
