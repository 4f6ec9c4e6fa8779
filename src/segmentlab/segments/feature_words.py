"""What a feature is called in a sentence."""

from collections import Counter
from collections.abc import Sequence


def feature_words(names: Sequence[str]) -> dict[str, str]:
    """`recency` for `rfm_recency`, unless two sets have one; then both keep the name of their set."""
    short = {name: name.partition("_")[2] or name for name in names}
    seen = Counter(short.values())
    return {name: (own if seen[own] == 1 else name).replace("_", " ") for name, own in short.items()}
