"""Campaigns: who is contacted and who is not, what can be seen with so many people, and what came of it."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
