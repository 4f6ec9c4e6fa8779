"""What is bought and will be: products of segments, what to recommend, what goes together, what to stock."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
