"""Who may ask, and how much at once: checked before a request is looked at."""

import base64
import binascii
import hmac
import os
from collections.abc import Awaitable, Callable, Mapping, MutableMapping
from dataclasses import dataclass, field
from typing import Any, Final

from segmentlab.errors import ConfigError

USER_VARIABLE: Final = "SEGMENTLAB_SERVE_USER"
PASSWORD_VARIABLE: Final = "SEGMENTLAB_SERVE_PASSWORD"  # noqa: S105  its name, not a password
TOKEN_VARIABLE: Final = "SEGMENTLAB_SERVE_TOKEN"  # noqa: S105
LOCAL_HOSTS: Final = ("127.0.0.1", "localhost", "::1")
OPEN_ROUTE: Final = "/health"  # whoever looks after the process asks without a password
LONGEST_BODY: Final = 1_048_576  # bytes
JSON_TYPE: Final = "application/json"

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]
Refuse = Callable[[int, str], App]


@dataclass(frozen=True)
class Secrets:
    """What callers have to know: a user with a password, a token, either of the two, or nothing."""

    user: str | None = field(default=None, repr=False)
    password: str | None = field(default=None, repr=False)
    token: str | None = field(default=None, repr=False)

    @classmethod
    def read(cls, environment: Mapping[str, str] = os.environ) -> "Secrets":
        """Those of the environment; half a pair protects nothing and is refused."""
        user, password, token = (
            environment.get(name) for name in (USER_VARIABLE, PASSWORD_VARIABLE, TOKEN_VARIABLE)
        )
        if (user is None) != (password is None):
            raise ConfigError(f"Set {USER_VARIABLE} and {PASSWORD_VARIABLE}, or neither of them.")
        given = {USER_VARIABLE: user, PASSWORD_VARIABLE: password, TOKEN_VARIABLE: token}
        for name, value in given.items():
            if value is not None and not value.strip():
                raise ConfigError(f"{name} is empty: set it, or take it out of the environment.")
        return cls(user, password, token)

    @property
    def are_set(self) -> bool:
        """Whether anybody has to know anything."""
        return self.user is not None or self.token is not None

    def admit(self, header: str) -> bool:
        """Whether a header `Authorization` says it; each comparison takes as long, right or wrong."""
        scheme, _, said = header.partition(" ")
        match scheme.lower():
            case "bearer" if self.token is not None:
                return _are_equal(said.strip().encode(), self.token.encode())
            case "basic" if self.user is not None and self.password is not None:
                try:
                    pair = base64.b64decode(said.strip(), validate=True)
                except (binascii.Error, ValueError):
                    return False
                return _are_equal(pair, f"{self.user}:{self.password}".encode())
        return False


def _are_equal(said: bytes, right: bytes) -> bool:
    return hmac.compare_digest(said, right)


def check_host(host: str, secrets: Secrets) -> None:
    """Refuse to open the door to a network where nobody has to know anything."""
    if host not in LOCAL_HOSTS and not secrets.are_set:
        raise ConfigError(
            f"host={host} lets other machines in, and nobody is asked who they are. Set {TOKEN_VARIABLE}, or "
            f"{USER_VARIABLE} and {PASSWORD_VARIABLE}; or leave host={LOCAL_HOSTS[0]}."
        )


@dataclass(frozen=True)
class Guard:
    """Stands before the application; `refuse` makes its answers."""

    app: App
    secrets: Secrets
    local: bool
    refuse: Refuse

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, or say why not."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}
        found = self._find_fault(scope, headers)
        if found is None and scope["method"] == "POST":
            body = await _read_body(receive)
            if body is None:
                found = 413, f"The body has more than {LONGEST_BODY:,} bytes. Post fewer lines at once."
            else:
                receive = _give_back(body)
        answer = self.app if found is None else self.refuse(*found)
        await answer(scope, receive, send)

    def _find_fault(self, scope: Scope, headers: Mapping[str, str]) -> tuple[int, str] | None:
        """What stops a request whatever it holds.

        A page of a browser on this machine could post to us too: it can't send JSON without asking first, and
        under the name of its own site it is refused.
        """
        host = headers.get("host", "").rsplit(":", 1)[0].strip("[]").lower()
        if self.local and host not in LOCAL_HOSTS:
            return 421, f"This service answers on {LOCAL_HOSTS[0]} alone, not under another name."
        known = self.secrets.admit(headers.get("authorization", ""))
        if self.secrets.are_set and scope["path"] != OPEN_ROUTE and not known:
            return 401, "Say who you are: a token or a user with a password, in the header Authorization."
        if scope["method"] == "POST":
            kind = headers.get("content-type", "").partition(";")[0].strip().lower()
            if scope["path"] == "/purchases" and kind != JSON_TYPE:
                return 415, f"Post lines as JSON, with the header Content-Type: {JSON_TYPE}."
            if not headers.get("content-length", "0").isdigit():
                return 400, "The header Content-Length is no number."
            if int(headers.get("content-length", "0")) > LONGEST_BODY:
                return 413, f"The body has more than {LONGEST_BODY:,} bytes. Post fewer lines at once."
        return None


async def _read_body(receive: Receive) -> bytes | None:
    """The whole body; nothing of one that is too long, whatever its header says."""
    parts, size = [], 0
    while True:
        message = await receive()
        parts.append(message.get("body", b""))
        size += len(parts[-1])
        if size > LONGEST_BODY:
            return None
        if not message.get("more_body", False):
            return b"".join(parts)


def _give_back(body: bytes) -> Receive:
    """The body once more, for the application."""

    async def receive() -> MutableMapping[str, Any]:
        return {"type": "http.request", "body": body, "more_body": False}

    return receive
