"""What an engine promises."""

from typing import Protocol

from ibis.backends import BaseBackend


class Engine(Protocol):
    """A choice of where queries run, which costs nothing until it is asked to connect."""

    def connect(self) -> BaseBackend:
        """Start or find the engine, ready for queries."""
        ...
