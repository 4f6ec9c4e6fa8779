"""`--help`, read from the configuration files themselves: an option's first line says what it is."""

import re
from collections.abc import Iterator
from pathlib import Path

import yaml

from segmentlab.repository import CONF, EXPERIMENTS

VALUE = re.compile(r"^(?P<indent> *)(?P<key>\w+):\s*(?P<value>[^#]*?)\s*(?:#\s*(?P<comment>.*))?$")


def help_text(config_name: str) -> str:
    """The whole help page of one command."""
    config = CONF / f"{config_name}.yaml"
    choices = "[group=option] " if groups(config_name) else ""
    lines = [f"python src/{config_name}.py {choices}[parameter=value] ...", "", _headline(config)]
    if choices:
        lines += _choices(config_name)
    lines += ["", "Parameters:", "", *_rows(_parameters(config)), ""]
    if "model" in groups(config_name):
        lines += ["Several at once:  -m model.n_clusters=3,4,5"]
    lines += ["Look, don't run:  --cfg job"]
    if choices:
        lines += ["An option's own parameters: <group>.<parameter>=value, as --cfg job shows them."]
    return "\n".join([*lines, ""])


def groups(config_name: str) -> list[str]:
    """The config groups that a command chooses from: those that its defaults name."""
    defaults = yaml.safe_load((CONF / f"{config_name}.yaml").read_text(encoding="utf-8"))["defaults"]
    named = {name for entry in defaults if isinstance(entry, dict) for name in entry}
    return sorted(name for name in named if (CONF / name).is_dir())


def options(group: str) -> list[Path]:
    """The files of one config group."""
    return sorted((CONF / group).glob("*.yaml"))


def _choices(config_name: str) -> list[str]:
    combines = "; features=[a,b] combines sets" if "features" in groups(config_name) else ""
    lines = ["", f"Groups (group=option{combines}):"]
    for group in groups(config_name):
        lines += ["", f"  {group}", *_rows((option.stem, _headline(option)) for option in options(group))]
    if "model" not in groups(config_name):
        return lines  # an experiment is a run
    overlays = [(path.stem, _headline(path)) for path in sorted(EXPERIMENTS.glob("*.yaml"))]
    return [*lines, "", "Experiments (experiment=number):", "", *_rows(iter(overlays))]


def _headline(path: Path) -> str:
    """The first comment; Hydra wants its own `@package` line before it."""
    with path.open(encoding="utf-8") as stream:
        comments = (line.removeprefix("#").strip() for line in stream if line.startswith("#"))
        return next((comment for comment in comments if not comment.startswith("@")), "")


def _rows(pairs: Iterator[tuple[str, str]]) -> list[str]:
    return [f"    {name:<36} {text}".rstrip() for name, text in pairs]


def _parameters(path: Path) -> Iterator[tuple[str, str]]:
    """`evaluate.sample=10000` and its comment, for every commented value outside Hydra's own section."""
    section = ""
    for line in path.read_text(encoding="utf-8").split("\nhydra:")[0].splitlines():
        found = VALUE.match(line)
        if found is None:
            continue
        key, value, comment = found["key"], found["value"], found["comment"]
        if not value:
            section = key
        elif comment:
            name = f"{section}.{key}" if found["indent"] else key
            yield (name if "$" in value else f"{name}={value}"), comment
