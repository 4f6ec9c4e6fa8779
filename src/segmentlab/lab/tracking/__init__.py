"""The edge to MLflow: stores, runs, models and the registry. No other room knows it."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
