"""The names that plug-ins bring along: those that are declared, and those of installed packages."""

import importlib
import importlib.util
import re
from collections.abc import Mapping, Sequence
from functools import cache
from importlib.metadata import entry_points
from pathlib import Path
from types import ModuleType
from typing import Final

from segmentlab.errors import ConfigError
from segmentlab.lab.names.released import PLACES

PLUGIN_GROUP: Final = "segmentlab.plugins"  # the entry point by which an installed package names its plug-in
PLUGIN_TABLE: Final = "STORED"  # what a plug-in module calls its own table of names and classes

_declared: list[str] = []
_registered: dict[str, str] = {}
_packages: set[str] = set()


def declare_packages(packages: Sequence[str]) -> None:
    """Let packages or modules be plug-ins in place of those before. None is imported before it is needed."""
    if list(packages) != _declared:
        _declared[:] = packages
        load_plugins.cache_clear()


def list_plugin_packages() -> list[str]:
    """The packages and modules that are plug-ins, by their declaration or by an entry point of theirs."""
    return [*_declared, *_list_installed()]


@cache
def _list_installed() -> Sequence[str]:
    return [installed.module for installed in entry_points(group=PLUGIN_GROUP)]


def register_name(name: str, place: str) -> None:
    """Give a class of a plug-in the name that stored files will know it by.

    Args:
        name: Short and for good: files that hold it can be read for as long as it is registered.
        place: Where the class is today, as `package.module:Class`.
    """
    if not re.fullmatch(r"[\w.]+:\w+", place) or place.startswith("__main__:"):
        raise ConfigError(
            f"The plug-in name '{name}' stands for '{place}': write package.module:Class, of a class at the "
            "top of a module that others can import."
        )
    taken = PLACES.get(name) or _registered.get(name)
    if taken not in (None, place):
        raise ConfigError(f"The plug-in name '{name}' for {place} is taken by {taken}. Choose another name.")
    if taken is None:
        _registered[name] = place
        _packages.add(place.partition(":")[0].partition(".")[0])


def register_plugin(plugin: ModuleType) -> None:
    """Register what a plug-in module wants to have stored.

    Its table `STORED = {"short_name": Class}` says so. A module without one, such as another project's
    package, lends its public classes as `<module>.<Class>`.
    """
    stored = getattr(plugin, PLUGIN_TABLE, None)
    if stored is None:
        stored = {f"{plugin.__name__}.{name}": kind for name, kind in _list_public_classes(plugin).items()}
    if not isinstance(stored, Mapping) or not all(hasattr(kind, "__qualname__") for kind in stored.values()):
        raise ConfigError(
            f"{PLUGIN_TABLE} of the plug-in {plugin.__name__} is no table of names and classes. Write "
            f'{PLUGIN_TABLE} = {{"short_name": Class}}.'
        )
    _packages.add(plugin.__name__.partition(".")[0])
    for name, kind in stored.items():
        register_name(name, f"{kind.__module__}:{kind.__qualname__}")


def find_plugin_place(name: str) -> str | None:
    """Where a plug-in's class is, by the name registered for it or by its path in a plug-in's package."""
    load_plugins()
    module, _, own = name.rpartition(".")
    return _registered.get(name) or (f"{module}:{own}" if _is_within_plugin(module) else None)


def find_plugin_name(place: str) -> str | None:
    """The name that files know a plug-in's class by: the registered one, or else its path."""
    load_plugins()
    path = place.replace(":", ".") if _is_within_plugin(place.partition(":")[0]) else None
    return next((name for name, at in _registered.items() if at == place), path)


def _is_within_plugin(module: str) -> bool:
    return any(module == package or module.startswith(f"{package}.") for package in list_plugin_packages())


def list_plugin_files() -> dict[str, Path]:
    """The Python files of plug-ins: they decide what is computed, as our own do."""
    packages = {*_packages, *(plugin.partition(".")[0] for plugin in list_plugin_packages())}
    return {name: path for package in sorted(packages) for name, path in list_package_files(package).items()}


def list_package_files(package: str) -> dict[str, Path]:
    """The Python files of a package, or the one that it is, each by its place below the import path."""
    found = importlib.util.find_spec(package)
    if found is None or not found.origin:
        return {}
    if not found.submodule_search_locations:
        return {Path(found.origin).name: Path(found.origin)}
    folder = Path(found.origin).parent
    return {path.relative_to(folder.parent).as_posix(): path for path in sorted(folder.rglob("*.py"))}


def _list_public_classes(plugin: ModuleType) -> dict[str, type]:
    package = plugin.__name__.partition(".")[0]
    return {
        name: kind
        for name, kind in vars(plugin).items()
        if isinstance(kind, type)
        and not name.startswith("_")
        and kind.__module__.partition(".")[0] == package
    }


@cache
def load_plugins() -> None:
    """Import and register every plug-in, once: for a run, or for a name that nothing else knows."""
    for package in list_plugin_packages():
        try:
            plugin = importlib.import_module(package)
        except Exception as error:
            raise ConfigError(
                f"The plug-in {package} can't be imported: {error}. Mend it, or take back what declares it: "
                f"conf/plugins.yaml, or an entry point {PLUGIN_GROUP} of an installed package."
            ) from error
        register_plugin(plugin)
