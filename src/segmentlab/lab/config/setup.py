"""Everything that was chosen for a command: its configuration, the option of each group, what was typed.

Commands get it from Hydra's command line; Python composes it from the same words.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from hydra import compose, initialize_config_dir
from hydra.core.config_search_path import ConfigSearchPath
from hydra.core.hydra_config import HydraConfig
from hydra.core.plugins import Plugins
from hydra.errors import HydraException
from hydra.plugins.search_path_plugin import SearchPathPlugin
from omegaconf import DictConfig, OmegaConf, open_dict
from omegaconf.errors import OmegaConfBaseException

from segmentlab.errors import ConfigError
from segmentlab.lab.config.folders import (
    CONF,
    find_home,
    is_users_own,
    list_conf_folders,
    list_experiment_folders,
)
from segmentlab.lab.config.guidance import complete_overlay, explain_error
from segmentlab.lab.config.plugins import declare_plugins
from segmentlab.lab.config.settings import check_settings, register_settings

# An id of a run, alone or in a list, that is all digits; what is in quotes already stays as it is.
NUMBER_LIKE = re.compile(r"""(?P<quoted>"[^"]*"|'[^']*')|(?<=[=\[,\s])[0-9][0-9e]*(?=\s*(?:[,\]]|$))""")
AGAIN_WORD = "again="  # the run that is repeated
CHOICE = re.compile(r"[+]*[\w./@-]+=|~")
CREDENTIAL_MARKS = re.compile("[@?]")  # an address with a user or an option may hold a password
PRIVATE = re.compile(rf"[+]*((tracking|tune\.storage)[.=]|data\.url=.*{CREDENTIAL_MARKS.pattern})")


@dataclass(frozen=True)
class Setup:
    """A configuration with the names of its options, which the configuration itself does not know."""

    command: str  # such as `run`
    config: DictConfig
    choices: Mapping[str, str]  # the option of each group
    typed: Sequence[str]  # `key=value`, as somebody wrote it

    @property
    def public(self) -> list[str]:
        """What was typed, without the addresses of the store and of a database: they may hold a password."""
        return [typed for typed in self.typed if not PRIVATE.match(typed)]


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


def prepare_argument(argument: str) -> str:
    """A word as people type it, as Hydra takes it: overlays by their number, ids that look like numbers."""
    return complete_overlay(_open_study_space(_quote_ids(argument)))


def is_choice(word: str) -> bool:
    """Whether a word chooses an option or sets a value; what it is not is a flag or its argument."""
    return CHOICE.match(word) is not None


def read_setup(command: str, config: DictConfig) -> Setup:
    """The setup of the command that Hydra runs."""
    hydra = HydraConfig.get()
    return Setup(command, config, _name_choices(hydra.runtime.choices), _list_typed(hydra.overrides.task))


def compose_setup(typed: Sequence[str], command: str = "run") -> Setup:
    """The setup that the command would have with what was typed. Errors are the same as there."""
    setup = compose_words(typed, command)
    check_settings(setup.config)
    return setup


def compose_words(typed: Sequence[str], command: str = "run") -> Setup:
    """The same, whether or not it could run: a value may be missing."""
    prepare_hydra()
    try:
        with initialize_config_dir(str(CONF), version_base="1.3"):
            arguments = [prepare_argument(argument) for argument in typed]
            config = compose(command, arguments, return_hydra_config=True)
    except (HydraException, OmegaConfBaseException) as error:
        raise ConfigError(explain_error(error, command)) from error
    hydra = config.hydra
    choices, written = _name_choices(hydra.runtime.choices), _list_typed(hydra.overrides.task)
    with open_dict(config):
        del config["hydra"]
    return Setup(command, config, choices, written)


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


def _open_study_space(argument: str) -> str:
    """A study's space has a key for every parameter there is, so Hydra has to be told that a key is new."""
    return f"++{argument}" if argument.startswith("tune.space.") else argument
