"""What people look at: figures, their PNGs, pages and tables. Words and drawings, no computing."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
