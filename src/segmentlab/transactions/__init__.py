"""Where purchases come from: one table whatever the source, and what cleaning does to it.

Sources (files, databases, published data, the generated shop) hand a `Dataset` on; an engine (DuckDB or
Spark) is where its queries run; rules of cleaning take lines out, and the ledger counts every one of them.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
