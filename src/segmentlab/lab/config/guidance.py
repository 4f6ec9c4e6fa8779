"""Help, and short answers to a mistyped command with the nearest name that would have worked."""

import difflib
import re
from collections.abc import Iterator, Sequence
from pathlib import Path

import yaml
from hydra.errors import OverrideParseException

from segmentlab.errors import ConfigError
from segmentlab.lab.config.folders import (
    find_config,
    is_users_own,
    list_conf_folders,
    list_options,
    list_overlays,
)
from segmentlab.lab.config.start import write_start

# `--help`, read from the configuration files themselves: an option's first line says what it is.


OWN_MARK = "(yours)"
COMMENTED_VALUE = re.compile(r"^(?P<indent> *)(?P<key>\w+):\s*(?P<value>[^#]*?)\s*(?:#\s*(?P<comment>.*))?$")


def write_command_list(commands: Sequence[str]) -> str:
    """What each command is for, and how one goes on from here."""
    lines = ["segmentlab <command> [group=option] [parameter=value] ...", ""]
    lines += [f"  {command:<10} {_read_headline(find_config(command))}" for command in commands]
    return "\n".join([*lines, "", "segmentlab <command> --help lists the choices that a command has.", ""])


def write_help(config_name: str) -> str:
    """The whole help page of one command."""
    config = find_config(config_name)
    choices = "[group=option] " if list_groups(config_name) else ""
    lines = [f"{write_start(config_name)} {choices}[parameter=value] ...", "", _read_headline(config)]
    if choices:
        lines += _describe_choices(config_name)
    lines += ["", "Parameters:", "", *_format_rows(_list_parameters(config)), ""]
    if "model" in list_groups(config_name):
        lines += ["Several at once:  -m model.n_clusters=3,4,5"]
    lines += ["Look, don't run:  --cfg job"]
    if choices:
        lines += ["An option's own parameters: <group>.<parameter>=value, as --cfg job shows them."]
    return "\n".join([*lines, ""])


def list_groups(config_name: str) -> list[str]:
    """The config groups that a command chooses from: those that its defaults name."""
    defaults = yaml.safe_load(find_config(config_name).read_text(encoding="utf-8"))["defaults"]
    named = {name for entry in defaults if isinstance(entry, dict) for name in entry}
    return sorted(name for name in named if list_options(name))


def _describe_choices(config_name: str) -> list[str]:
    combines = "; features=[a,b] combines sets" if "features" in list_groups(config_name) else ""
    lines = ["", f"Groups (group=option{combines}):"]
    for group in list_groups(config_name):
        lines += [
            "",
            f"  {group}",
            *_format_rows(map(_describe_file, list_options(group))),
        ]
    if "model" in list_groups(config_name) and list_overlays():  # an experiment is a run
        lines += [
            "",
            "Experiments (experiment=number):",
            "",
            *_format_rows(map(_describe_file, list_overlays())),
        ]
    return [*lines, *_describe_own_folder()]


def _describe_file(path: Path) -> tuple[str, str]:
    """The name of an option or overlay and what it is; those of the user are marked."""
    return path.stem, _read_headline(path) + (f"  {OWN_MARK}" if is_users_own(path) else "")


def _describe_own_folder() -> list[str]:
    own = [str(folder) for folder in list_conf_folders() if is_users_own(folder)]
    return ["", f"{OWN_MARK}: from {own[0]}, which wins over an option of the same name."] if own else []


def _read_headline(path: Path) -> str:
    """The first comment; Hydra wants its own `@package` line before it."""
    with path.open(encoding="utf-8") as stream:
        comments = (line.removeprefix("#").strip() for line in stream if line.startswith("#"))
        return next((comment for comment in comments if not comment.startswith("@")), "")


def _format_rows(pairs: Iterator[tuple[str, str]]) -> list[str]:
    return [f"    {name:<36} {text}".rstrip() for name, text in pairs]


def _list_parameters(path: Path) -> Iterator[tuple[str, str]]:
    """`evaluate.sample=10000` and its comment, for every commented value outside Hydra's own section."""
    section = ""
    for line in path.read_text(encoding="utf-8").split("\nhydra:")[0].splitlines():
        found = COMMENTED_VALUE.match(line)
        if found is None:
            continue
        key, value, comment = found["key"], found["value"], found["comment"]
        if not value:
            section = key
        elif comment:
            name = f"{section}.{key}" if found["indent"] else key
            yield (name if "$" in value else f"{name}={value}"), comment


MISSING_OPTION = re.compile(r"Could not (?:find|load) '(?P<group>[\w/]+)/(?P<option>[^']*)'")
UNKNOWN_KEY = re.compile(r"(?:Could not override '(?P<override>[^']+)')|(?:Key '(?P<key>[^']+)' is not in)")
OVERLAY_ARGUMENT = re.compile(r"^\+?experiment=(?P<names>.*)$")
HYDRA_NOISE = ("full_key:", "object_type=", "reference_type=", "To append to your config", "Key '")


def explain_error(error: Exception, config_name: str) -> str:
    """Hydra's message in one line, and what was probably meant."""
    where, what = str(error), str(error.__cause__ or error)  # Hydra wraps the one in the other
    option = MISSING_OPTION.search(where) or MISSING_OPTION.search(what)
    if option:
        return _explain_unknown_option(option["group"], option["option"], config_name)
    key = UNKNOWN_KEY.search(where) or UNKNOWN_KEY.search(what)
    if key:
        return _explain_unknown_key(key["override"] or key["key"], config_name)
    return _shorten_message(error, what)


def complete_overlay(argument: str) -> str:
    """`experiment=0001` names the overlay in experiments/ that begins so; several are parted by commas."""
    found = OVERLAY_ARGUMENT.match(argument)
    if not found:
        return argument
    return "experiments=" + ",".join(_find_overlay_name(name) for name in found["names"].split(","))


def _shorten_message(error: Exception, text: str) -> str:
    """Hydra's own words without what only helps those who develop it."""
    kept = [
        line.strip()
        for line in text.splitlines()
        if line.strip() and not line.strip().startswith(HYDRA_NOISE)
    ]
    found = re.search(r"full_key: (\S+)", text)
    where = error.override if isinstance(error, OverrideParseException) else found and found[1]
    return f"{where}: {' '.join(kept)}" if where else " ".join(kept)


def _find_overlay_name(name: str) -> str:
    known = [path.stem for path in list_overlays()]
    if not known:
        raise ConfigError(
            f"experiment={name}: there are no experiments here. An experiment is a file of choices, "
            "experiments/<name>.yaml, in the folder that the command is typed in."
        )
    matches = [stem for stem in known if stem == name or stem.split("_")[0] == name]
    if len(matches) == 1:
        return matches[0]
    raise ConfigError(f"experiment={name}: no such overlay in experiments/. There are: {', '.join(known)}.")


def _explain_unknown_option(group: str, option: str, config_name: str) -> str:
    offered = list_groups(config_name)
    if group not in offered:
        return f"There is no group '{group}'. {find_nearest_name(group, offered)}"
    known = [path.stem for path in list_options(group)]
    return f"{group}={option}: there is no such option. {find_nearest_name(option, known)}"


def _explain_unknown_key(key: str, config_name: str) -> str:
    if key in list_groups(config_name):
        return f"{key} is a group: choose one of its options, {key}=<option>. See --help."
    return (
        f"{key}: there is no such parameter. "
        f"{find_nearest_name(key, sorted(set(_list_known_keys(config_name))))}"
    )


def find_nearest_name(name: str, known: Sequence[str]) -> str:
    """The known name that was probably meant, or all of them."""
    near = difflib.get_close_matches(name, known, n=1)
    if near:
        return f"Did you mean {near[0]}?"
    shown = ", ".join(known[:30])
    return f"There are: {shown}."


def _list_known_keys(config_name: str) -> Iterator[str]:
    """Every key that some option of some group offers, dotted."""
    yield from list_groups(config_name)
    yield from _list_dotted_keys(yaml.safe_load(find_config(config_name).read_text(encoding="utf-8")))
    for group in list_groups(config_name):
        for path in list_options(group):
            content = path.read_text(encoding="utf-8")
            nested = yaml.safe_load(content)
            yield from _list_dotted_keys(nested if "@package _global_" in content else {group: nested})


def _list_dotted_keys(node: object, prefix: str = "") -> Iterator[str]:
    if not isinstance(node, dict):
        return
    for key, child in node.items():
        if key in ("defaults", "hydra", "_target_", "_args_"):
            continue
        dotted = f"{prefix}.{key}" if prefix else str(key)
        yield dotted
        yield from _list_dotted_keys(child, dotted)
