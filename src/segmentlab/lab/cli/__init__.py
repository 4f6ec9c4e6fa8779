"""The commands: what people type, what they see, and the edge between Hydra and the core."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
