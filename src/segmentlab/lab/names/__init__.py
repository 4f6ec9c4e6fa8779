"""The short names that stored files know classes by: `rfm`, `fences`, `signed_log`.

Code moves; what was stored stays. So recipes, models, caches and what is compared of runs hold short names,
and one table says where each class is today. It is light: no class is imported before it is asked for. A copy
of this room travels inside every logged model.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
