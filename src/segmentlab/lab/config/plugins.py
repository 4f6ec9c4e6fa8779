"""Packages of the user's own whose classes a configuration may name, once they are declared.

A file of choices can come from anybody, so it may name no class but ours. Whoever works in a folder says
there, in `conf/plugins.yaml`, which other packages they trust:

    packages: [kmedoids, shop_features]

An installed package may also declare itself, by an entry point of the group `segmentlab.plugins`. Python
files beside the folder `conf/` can be imported once one of its packages is declared.
"""

import re
import sys
from pathlib import Path
from typing import Final

import yaml

from segmentlab.errors import ConfigError
from segmentlab.lab.config.folders import list_conf_folders
from segmentlab.lab.names import PLUGIN_GROUP, declare_packages

PLUGINS_FILE: Final = "plugins.yaml"
PACKAGES_KEY: Final = "packages"
DOTTED_NAME: Final = re.compile(r"[A-Za-z_]\w*(\.[A-Za-z_]\w*)*")


def declare_plugins() -> None:
    """Read what the folders of choices declare. Nothing is imported before somebody names a class of it."""
    packages: list[str] = []
    for folder in list_conf_folders():
        declared = _read_packages(folder / PLUGINS_FILE)
        if declared and str(folder.parent) not in sys.path:
            sys.path.append(str(folder.parent))
        packages += declared
    declare_packages(packages)


def explain_declaration(target: str) -> str:
    """How a class that is not allowed becomes so."""
    package = target.partition(".")[0]
    if package in sys.stdlib_module_names:
        return "What comes with Python is never allowed."
    return (
        f"If you trust {package}, declare it in conf/{PLUGINS_FILE} of the folder you work in, with the line "
        f'"{PACKAGES_KEY}: [{package}]"; a package may also declare itself by an entry point {PLUGIN_GROUP}.'
    )


def _read_packages(path: Path) -> list[str]:
    if not path.is_file():
        return []
    try:
        content = yaml.safe_load(path.read_text(encoding="utf-8"))
    except yaml.YAMLError as error:
        raise ConfigError(f"{path} is no YAML: {error}") from error
    packages = content.get(PACKAGES_KEY) if isinstance(content, dict) and len(content) == 1 else None
    if not isinstance(packages, list):
        raise ConfigError(f'{path}: write one line, "{PACKAGES_KEY}: [my_features]", and nothing else.')
    for package in map(str, packages):
        if not DOTTED_NAME.fullmatch(package) or package.partition(".")[0] in sys.stdlib_module_names:
            raise ConfigError(
                f"{path}: {package} can't be declared. Write the names of packages or modules of your own, "
                f'such as "{PACKAGES_KEY}: [my_features]"; what comes with Python is never allowed.'
            )
    return [str(package) for package in packages]
