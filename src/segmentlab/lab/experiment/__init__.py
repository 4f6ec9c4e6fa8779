"""An experiment as an object: what a run is made of, whether a command or Python asks for it.

`collect_provenance` says where a run comes from, `tune_plan` lets a study choose its parameters.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
