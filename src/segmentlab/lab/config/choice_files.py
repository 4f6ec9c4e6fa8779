"""Files of choices that anybody may have written, looked at before they are read.

In nine lines of YAML each can be made of ten of the one before: a thousand million words, which nobody could
wait for or hold in memory. So their size is reckoned from the text first, in one pass, and without making any
of it.
"""

import stat
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import yaml

from segmentlab.errors import ConfigError
from segmentlab.lab.config.folders import is_users_own, list_conf_folders, list_experiment_folders

MOST_BYTES: Final = 1 << 20  # of a file; the largest of ours has ten thousand
MOST_VALUES: Final = 20_000  # that it stands for, with all that is repeated by *alias
DEEPEST: Final = 50  # lists and mappings within each other
FOLDER_FLAGS: Final = ("--config-dir", "-cd")


def check_choice_files(words: Sequence[str]) -> None:
    """Refuse files of the user's own folders that can't be read within seconds."""
    folders = [*list_conf_folders(), *list_experiment_folders(), *_list_named_folders(words)]
    for folder in filter(is_users_own, folders):
        for path in sorted(folder.rglob("*.yaml")):
            check_choice_file(path)


def check_choice_file(path: Path) -> None:
    """Refuse what is no file, is too large, too deep, or stands for too much."""
    try:
        state = path.stat()
    except OSError as error:
        raise ConfigError(
            f"{path}: {error.strerror}. It should be a file of choices, or not there."
        ) from error
    if not stat.S_ISREG(state.st_mode):
        raise ConfigError(
            f"{path}: this is no file, but a folder, a pipe or a device. Remove it, or rename it."
        )
    if state.st_size > MOST_BYTES:
        raise ConfigError(f"{path}: {state.st_size:,} bytes; a file of choices has {MOST_BYTES:,} at most.")
    try:
        text = path.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        raise ConfigError(
            f"{path}: this is no text in UTF-8 ({error.reason}). A file of choices is YAML."
        ) from error
    check_choice_text(text, path)


def check_choice_text(text: str, place: object) -> None:
    """The same of a text that stands somewhere else."""
    counted = _Counted()
    try:
        for event in yaml.parse(text, Loader=yaml.SafeLoader):
            counted.take(event)
            if counted.depth > DEEPEST:
                raise ConfigError(f"{place}: more than {DEEPEST} lists or mappings within each other.")
            if counted.values > MOST_VALUES:
                raise ConfigError(
                    f"{place}: with its aliases (*name) it stands for more than {MOST_VALUES:,} values. "
                    "Write out what is meant."
                )
    except yaml.YAMLError as error:
        raise ConfigError(f"{place}: not readable as YAML: {' '.join(str(error).split())}.") from error


@dataclass
class _Counted:
    """How many values there are so far, each alias as many as what it stands for."""

    sizes: list[int] = field(default_factory=lambda: [0])  # of what is open, the innermost last
    names: list[str | None] = field(default_factory=list)
    known: dict[str, int] = field(default_factory=dict)

    @property
    def depth(self) -> int:
        return len(self.names)

    @property
    def values(self) -> int:
        return sum(self.sizes)

    def take(self, event: yaml.Event) -> None:
        match event:
            case yaml.SequenceStartEvent() | yaml.MappingStartEvent():
                self.sizes.append(1)
                self.names.append(event.anchor)
            case yaml.SequenceEndEvent() | yaml.MappingEndEvent():
                self._add(self.sizes.pop(), self.names.pop())
            case yaml.ScalarEvent():
                self._add(1, event.anchor)
            case yaml.AliasEvent():
                self._add(self.known.get(str(event.anchor), 1), None)

    def _add(self, size: int, name: str | None) -> None:
        self.sizes[-1] += size
        if name is not None:
            self.known[name] = size


def _list_named_folders(words: Sequence[str]) -> Iterator[Path]:
    """Those that flags of Hydra name."""
    for place, word in enumerate(words):
        flag, _, value = word.partition("=")
        if flag in FOLDER_FLAGS:
            yield Path(value or "".join(words[place + 1 : place + 2]))
