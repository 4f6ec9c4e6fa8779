"""What customers will still order and spend: laws that are fitted to their orders, and what these foresee.

Pure numpy and scipy over one row per customer (`repeats`, `recency`, `age`, `spend`), in any unit of time. An
order is a customer's day. These are laws of free trade: whoever is billed by contract has another.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
