"""What is kept from run to run in a folder that may be removed at any time: features, copies of slow logs.

Whatever an entry follows from is in its key: code, content of files, choices. So nothing in it is ever out of
date, and whoever finds none computes it.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
