"""Where pages are served: on this machine only, and on a port that is free."""

import socket
from typing import Final

from segmentlab.errors import ConfigError

HIGHEST_PORT: Final = 65_535
LOCAL_HOST: Final = "127.0.0.1"


def check_port(port: int) -> None:
    """Refuse a port that can't be used, before a server does so in words of its own."""
    if not 0 < port <= HIGHEST_PORT:
        raise ConfigError(f"port={port}: write a number from 1 to {HIGHEST_PORT}.")
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((LOCAL_HOST, port))
        except OSError as error:
            raise ConfigError(
                f"port={port} can't be used ({error.strerror}): another program has it, perhaps pages "
                f"that are still open. Choose another, such as port={min(port + 1, HIGHEST_PORT)}."
            ) from error
