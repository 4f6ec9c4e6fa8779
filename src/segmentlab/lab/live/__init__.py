"""The live service: takes purchases as they happen, keeps them, and answers where their customers stand.

Knows FastAPI and Uvicorn, and nobody else does. A line is in the database before anybody is told that it was
taken, and customers are placed by the champion's own recipe over all their lines, as a nightly scoring does.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
