"""Studies: what may vary, what trials share, which of them becomes the run's model.

Optuna is known here alone.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
