"""Where things are: our own choices and those of the user, in a checkout or wherever pip has put us.

In a checkout all of it is in the repository, whatever the folder that a command is typed in. Installed by
pip, our choices lie inside the package, and what runs leave lies in the folder that the user is in. In both
the folders `conf/` and `experiments/` that the user is beside are theirs, and win over ours.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Final

from segmentlab.errors import ConfigError

PACKAGE: Final = Path(__file__).resolve().parents[2]
ROOT: Final = PACKAGE.parents[1]  # of the repository, in a checkout
IN_CHECKOUT: Final = PACKAGE.parent.name == "src" and (ROOT / "conf" / "run.yaml").is_file()
CONF: Final = ((ROOT if IN_CHECKOUT else PACKAGE) / "conf").resolve()  # our own choices


def find_home() -> Path:
    """The folder that `${repo:}` means: where runs are kept, and the notebook is."""
    return ROOT if IN_CHECKOUT else Path.cwd()


def list_conf_folders() -> list[Path]:
    """The folders of choices: the user's own, which wins, and ours."""
    return _list_distinct([Path.cwd() / "conf", CONF])


def list_experiment_folders() -> list[Path]:
    """The folders of overlays: the user's own, which wins, and the repository's in a checkout."""
    return _list_distinct([Path.cwd() / "experiments", find_home() / "experiments"])


def is_users_own(path: Path) -> bool:
    """Whether a file of choices is the user's, not ours."""
    ours = (CONF, ROOT / "experiments") if IN_CHECKOUT else (CONF,)
    return not any(path.is_relative_to(folder) for folder in ours)


def find_config(command: str) -> Path:
    """The file that says what a command may be told, such as conf/run.yaml."""
    places = (folder / f"{command}.yaml" for folder in list_conf_folders())
    return next(path for path in places if path.is_file())


def list_options(group: str) -> list[Path]:
    """The files of one group of choices, by name."""
    return _list_files([folder / group for folder in list_conf_folders()])


def find_option(group: str, name: str) -> Path:
    """The file of one option."""
    found = {path.stem: path for path in list_options(group)}
    if name not in found:
        raise ConfigError(f"{group}={name}: there is no such option. There are: {', '.join(found)}.")
    return found[name]


def list_overlays() -> list[Path]:
    """The files of overlays, by name."""
    return _list_files(list_experiment_folders())


def _list_files(folders: Sequence[Path]) -> list[Path]:
    """The YAML files of the folders; of those with one name that of the first folder."""
    found: dict[str, Path] = {}
    for folder in folders:
        for path in folder.glob("*.yaml"):
            found.setdefault(path.stem, path)
    return [found[name] for name in sorted(found)]


def _list_distinct(folders: Sequence[Path]) -> list[Path]:
    """Those that exist, each once, whatever links lead to them."""
    return list(dict.fromkeys(folder.resolve() for folder in folders if folder.is_dir()))
