"""The story in order: describe the customers, segment them, place new ones, watch who moves.

`Plan` is what goes in and `Result` what comes out; log items are what a run leaves behind, as plain data.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
