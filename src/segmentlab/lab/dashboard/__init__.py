"""The dashboard: what the store and the history know, for a marketer and for a data scientist, in a browser.

It only shows. Whatever is computed is computed by the rooms before it; only this room knows Streamlit.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
