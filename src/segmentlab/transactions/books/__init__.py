"""Does this match your books? What a shop can check against its own, and what contradicts itself.

`accept.py` names the contradictions; the other files find them in canonical transactions.
"""
