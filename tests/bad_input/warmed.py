"""Imported by the process that commands are forked from: what every one of them would do at first."""

import gc

from segmentlab.lab.config import compose_words

for command in ("run", "score"):
    compose_words(["tracking.uri=sqlite:///none.db", "data.customers=7"], command)  # parsers learn as they go
gc.freeze()  # a fork that searches for garbage would copy all of it
