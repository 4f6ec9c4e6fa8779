"""Configuration: its types, the folders it is found in, and the one place that builds objects from it."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
