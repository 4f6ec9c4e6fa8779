"""Where scores go: files, tables of a database, and the manifest beside both."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
