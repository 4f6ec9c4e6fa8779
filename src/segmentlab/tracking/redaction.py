"""Keeps passwords out of what people read: messages, tags, logs."""

import re

# Greedy up to the last @ of the word: a password may itself hold an @ or a slash.
_USER_INFO = re.compile(r"(?<=://)\S*@")
_SECRET_OPTION = re.compile(r"(?i)(?<=[?&;])(password|passwd|pwd|token|secret)=[^&;\s'\"]*")


def redacted(text: str) -> str:
    """The text with the user and the password of every address in it replaced by `***`."""
    return _SECRET_OPTION.sub(r"\1=***", _USER_INFO.sub("***@", text))
