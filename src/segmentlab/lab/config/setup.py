"""Everything that was chosen for a command: its configuration, the option of each group, what was typed.

Commands get it from Hydra's command line; Python composes it from the same words.
"""

import copy
import os
import re
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from threading import Lock
from typing import Final

from hydra import compose, initialize_config_dir
from hydra._internal.config_loader_impl import ConfigLoaderImpl
from hydra.core.config_search_path import ConfigSearchPath
from hydra.core.hydra_config import HydraConfig
from hydra.core.override_parser.overrides_parser import OverridesParser
from hydra.core.override_parser.types import Override, OverrideType, Quote, QuotedString
from hydra.core.plugins import Plugins
from hydra.errors import HydraException
from hydra.plugins.search_path_plugin import SearchPathPlugin
from hydra.types import RunMode
from omegaconf import DictConfig, OmegaConf, open_dict
from omegaconf.errors import OmegaConfBaseException
from yaml import YAMLError

from segmentlab.errors import ConfigError
from segmentlab.lab.config.choice_files import check_choice_files
from segmentlab.lab.config.folders import (
    CONF,
    find_home,
    is_users_own,
    list_conf_folders,
    list_experiment_folders,
)
from segmentlab.lab.config.guidance import check_options, complete_overlay, explain_error
from segmentlab.lab.config.plugins import declare_plugins
from segmentlab.lab.config.settings import check_settings, register_settings
from segmentlab.redaction import learn_secrets, redact_text

# An id of a run, alone or in a list, that is all digits; what is in quotes already stays as it is.
NUMBER_LIKE = re.compile(r"""(?P<quoted>"[^"]*"|'[^']*')|(?<=[=\[,\s])[0-9][0-9e]*(?=\s*(?:[,\]]|$))""")
AGAIN_WORD = "again="  # the run that is repeated
CHOICE = re.compile(r"[+]*[\w./@-]+=|~")
HYDRA: Final = Lock()  # Hydra holds what it composes in a place of the whole process; a dashboard has threads
MOST_COMPOSED: Final = 64  # sets of options that are kept
OVERLAYS: Final = "experiments"  # the group of overlays; one that repeats a run is in memory, and may change
CREDENTIAL_MARKS = re.compile("[@?]")  # an address with a user or an option may hold a password
PRIVATE = re.compile(rf"[+]*((tracking|tune\.storage)[.=]|history=|data\.url=.*{CREDENTIAL_MARKS.pattern})")


@dataclass(frozen=True)
class Setup:
    """A configuration with the names of its options, which the configuration itself does not know."""

    command: str  # such as `run`
    config: DictConfig
    choices: Mapping[str, str]  # the option of each group
    typed: Sequence[str]  # `key=value`, as somebody wrote it
    varied: Sequence[str] = ()  # those that differ between the jobs of a multirun

    @property
    def public(self) -> list[str]:
        """What was typed, without the addresses of the store and of a database: they may hold a password.

        Of a word that holds one elsewhere the rest stays, with `***` in its place.
        """
        return [redact_text(typed) for typed in self.typed if not PRIVATE.match(typed)]


class FolderSearch(SearchPathPlugin):
    """Hydra looks for options in the user's folder before ours, and for experiments behind all options."""

    def manipulate_search_path(self, search_path: ConfigSearchPath) -> None:
        """Called by Hydra, whenever it is about to compose."""
        for folder in filter(is_users_own, list_conf_folders()):
            search_path.prepend("user", f"file://{folder}")
        for folder in list_experiment_folders():  # a group is a folder in the folder that is searched
            search_path.append("experiments", f"file://{folder.parent}")


def prepare_hydra() -> None:
    """What a configuration needs to be composed: types, folders, and the packages that the user declares."""
    register_settings()
    declare_plugins()
    Plugins.instance().register(FolderSearch)
    OmegaConf.register_new_resolver("repo", lambda path="": str(find_home() / path), replace=True)


def prepare_words(words: Sequence[str], command: str) -> list[str]:
    """Words as people type them, as Hydra takes them: flags first, then choices."""
    learn_secrets([dict(os.environ), *words])
    check_choice_files(words)
    check_options(words, command)
    return [prepare_argument(word) for word in sorted(words, key=is_choice)]


def prepare_argument(argument: str) -> str:
    """A word as Hydra takes it: overlays by their number, and as texts what is a text to everybody else."""
    return complete_overlay(_open_study_space(_quote_text(_quote_ids(argument))))


def is_choice(word: str) -> bool:
    """Whether a word chooses an option or sets a value; what it is not is a flag or its argument."""
    return CHOICE.match(word) is not None


def read_setup(command: str, config: DictConfig) -> Setup:
    """The setup of the command that Hydra runs."""
    hydra = HydraConfig.get()
    choices, typed = _name_choices(hydra.runtime.choices), _list_typed(hydra.overrides.task)
    varied = _list_varied_keys(sys.argv[1:]) if hydra.mode == RunMode.MULTIRUN else set()
    return Setup(
        command, config, choices, typed, [word for word in typed if word.partition("=")[0] in varied]
    )


def compose_setup(typed: Sequence[str], command: str = "run") -> Setup:
    """The setup that the command would have with what was typed. Errors are the same as there."""
    setup = compose_words(typed, command)
    check_settings(setup.config)
    return setup


def compose_words(typed: Sequence[str], command: str = "run") -> Setup:
    """The same, whether or not it could run: a value may be missing."""
    prepare_hydra()
    arguments = prepare_words(typed, command)
    try:
        options, values = _part_options(OverridesParser.create().parse_overrides(arguments))
        found = _compose_options(command, options, tuple(_list_files_with_dates()))
        config = copy.deepcopy(found.config)
        ConfigLoaderImpl._apply_overrides_to_config(values, config)  # noqa: SLF001  (Hydra's own next step)
    except (HydraException, OmegaConfBaseException, YAMLError, RecursionError) as error:
        raise ConfigError(explain_error(error, command, arguments)) from error
    written = [word for word in arguments if not word.lstrip("+~").startswith("hydra.")]
    return Setup(command, config, found.choices, _list_typed(written))


def _part_options(overrides: Sequence[Override]) -> tuple[tuple[str, ...], list[Override]]:
    """The words that choose options, and what sets values: Hydra applies these after the options.

    Where a word does neither by itself, such as one that adds a key, all of them are left to Hydra.
    """
    words = [str(one.input_line) for one in overrides]
    plain = all(one.type == OverrideType.CHANGE and not one.is_sweep_override() for one in overrides)
    if not plain or any(isinstance(one.value(), dict) or one.package for one in overrides):
        return tuple(words), []
    places = [*list_conf_folders(), *(folder.parent for folder in list_experiment_folders())]
    chosen = [
        one.key_or_group.startswith("hydra") or any((place / one.key_or_group).is_dir() for place in places)
        for one in overrides
    ]
    options = tuple(word for word, is_option in zip(words, chosen, strict=True) if is_option)
    return options, [one for one, is_option in zip(overrides, chosen, strict=True) if not is_option]


def _compose_options(command: str, words: tuple[str, ...], files: tuple[object, ...]) -> Setup:
    """What Hydra makes of the words; variants that differ in values alone share it until a file changes."""
    if any(word.startswith(OVERLAYS) for word in words):
        return _compose_anew(command, words, files)
    return _compose_once(command, words, files)


def _compose_anew(command: str, words: tuple[str, ...], _files: tuple[object, ...]) -> Setup:
    with HYDRA, initialize_config_dir(str(CONF), version_base="1.3"):
        config = compose(command, list(words), return_hydra_config=True)
    choices = _name_choices(config.hydra.runtime.choices)
    with open_dict(config):
        del config["hydra"]
    return Setup(command, config, choices, words)


_compose_once = lru_cache(maxsize=MOST_COMPOSED)(_compose_anew)


def _list_files_with_dates() -> Iterator[tuple[str, int, int]]:
    """Every file that a choice may be read from, with its time and size."""
    for folder in (*list_conf_folders(), *list_experiment_folders()):
        for path in sorted(folder.rglob("*.yaml")):
            seen = path.stat()
            yield str(path), seen.st_mtime_ns, seen.st_size


def _list_varied_keys(words: Sequence[str]) -> set[str]:
    """The keys to which a multirun gives several values."""
    parsed = OverridesParser.create().parse_overrides(list(filter(is_choice, words)))
    return {one.get_key_element() for one in parsed if one.is_sweep_override()}


def _name_choices(chosen: Mapping[str, object]) -> dict[str, str]:
    return {group: str(option) for group, option in chosen.items() if not group.startswith("hydra/")}


def _list_typed(words: Sequence[str]) -> list[str]:
    """What was typed. Before `again=` stand the words for what the run was that is repeated."""
    place = next((place for place, word in enumerate(words) if word.startswith(AGAIN_WORD)), None)
    if place == 0:
        raise ConfigError(f"{words[0]}: only python src/run.py repeats runs.")
    return list(words[place:])


def _quote_ids(argument: str) -> str:
    """The beginning of a run's id may look like a number: 12e345 becomes infinity, 012345 loses its zero."""
    if not argument.startswith(("run_id=", "runs=", AGAIN_WORD)):
        return argument
    return NUMBER_LIKE.sub(lambda found: found["quoted"] or f'"{found[0]}"', argument)


def _quote_text(argument: str) -> str:
    """A value that Hydra's grammar refuses is a text: `local[2]`, a path with brackets.

    What begins with a bracket or a quote was meant as something else and is not closed, and a comma may part
    values: there it is for the user to say what is meant.
    """
    key, _, value = argument.partition("=")
    if not is_choice(argument) or value[:1] in "[{(\"'" or "," in value or _is_grammatical(argument):
        return argument
    quoted = f"{key}={QuotedString(value, Quote.single).with_quotes()}"
    return quoted if _is_grammatical(quoted) else argument


def _is_grammatical(argument: str) -> bool:
    try:
        OverridesParser.create().parse_override(argument)
    except HydraException:
        return False
    return True


def _open_study_space(argument: str) -> str:
    """A study's space has a key for every parameter there is, so Hydra has to be told that a key is new."""
    return f"++{argument}" if argument.startswith("tune.space.") else argument
