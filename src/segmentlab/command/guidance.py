"""Short answers to a mistyped command, with the nearest name that would have worked."""

import difflib
import re
from collections.abc import Iterator

import yaml
from hydra.errors import OverrideParseException

from segmentlab.command.help import groups, options
from segmentlab.errors import ConfigError
from segmentlab.repository import CONF, EXPERIMENTS

MISSING_OPTION = re.compile(r"Could not (?:find|load) '(?P<group>[\w/]+)/(?P<option>[^']*)'")
UNKNOWN_KEY = re.compile(r"(?:Could not override '(?P<override>[^']+)')|(?:Key '(?P<key>[^']+)' is not in)")
OVERLAY = re.compile(r"^\+?experiment=(?P<names>.*)$")
NOISE = ("full_key:", "object_type=", "reference_type=", "To append to your config", "Key '")


def explain(error: Exception, config_name: str) -> str:
    """Hydra's message in one line, and what was probably meant."""
    where, what = str(error), str(error.__cause__ or error)  # Hydra wraps the one in the other
    option = MISSING_OPTION.search(where) or MISSING_OPTION.search(what)
    if option:
        return _unknown_option(option["group"], option["option"], config_name)
    key = UNKNOWN_KEY.search(where) or UNKNOWN_KEY.search(what)
    if key:
        return _unknown_key(key["override"] or key["key"], config_name)
    return _shortened(error, what)


def overlay(argument: str) -> str:
    """`experiment=0001` names the overlay in experiments/ that begins so; several are parted by commas."""
    found = OVERLAY.match(argument)
    if not found:
        return argument
    return "experiments=" + ",".join(_overlay_name(name) for name in found["names"].split(","))


def _shortened(error: Exception, text: str) -> str:
    """Hydra's own words without what only helps those who develop it."""
    kept = [line.strip() for line in text.splitlines() if line.strip() and not line.strip().startswith(NOISE)]
    found = re.search(r"full_key: (\S+)", text)
    where = error.override if isinstance(error, OverrideParseException) else found and found[1]
    return f"{where}: {' '.join(kept)}" if where else " ".join(kept)


def _overlay_name(name: str) -> str:
    known = sorted(path.stem for path in EXPERIMENTS.glob("*.yaml"))
    matches = [stem for stem in known if stem == name or stem.split("_")[0] == name]
    if len(matches) == 1:
        return matches[0]
    raise ConfigError(f"experiment={name}: no such overlay in experiments/. There are: {', '.join(known)}.")


def _unknown_option(group: str, option: str, config_name: str) -> str:
    offered = groups(config_name)
    if group not in offered:
        return f"There is no group '{group}'. {_nearest(group, offered)}"
    known = [path.stem for path in options(group)]
    return f"{group}={option}: there is no such option. {_nearest(option, known)}"


def _unknown_key(key: str, config_name: str) -> str:
    if key in groups(config_name):
        return f"{key} is a group: choose one of its options, {key}=<option>. See --help."
    return f"{key}: there is no such parameter. {_nearest(key, sorted(set(_known_keys(config_name))))}"


def _nearest(name: str, known: list[str]) -> str:
    near = difflib.get_close_matches(name, known, n=1)
    if near:
        return f"Did you mean {near[0]}?"
    shown = ", ".join(known[:30])
    return f"There are: {shown}."


def _known_keys(config_name: str) -> Iterator[str]:
    """Every key that some option of some group offers, dotted."""
    yield from groups(config_name)
    yield from _dotted(yaml.safe_load((CONF / f"{config_name}.yaml").read_text(encoding="utf-8")))
    for group in groups(config_name):
        for path in options(group):
            content = path.read_text(encoding="utf-8")
            nested = yaml.safe_load(content)
            yield from _dotted(nested if "@package _global_" in content else {group: nested})


def _dotted(node: object, prefix: str = "") -> Iterator[str]:
    if not isinstance(node, dict):
        return
    for key, child in node.items():
        if key in ("defaults", "hydra", "_target_", "_args_"):
            continue
        dotted = f"{prefix}.{key}" if prefix else str(key)
        yield dotted
        yield from _dotted(child, dotted)
