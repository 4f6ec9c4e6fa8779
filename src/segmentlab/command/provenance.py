"""Where a run comes from: its choices, its code, and the packages that decide the numbers."""

import re
import shlex
import subprocess
import sys
from collections.abc import Iterator, Mapping
from importlib.metadata import version

from hydra.core.hydra_config import HydraConfig
from omegaconf import DictConfig, OmegaConf

from segmentlab import __version__
from segmentlab.repository import ROOT
from segmentlab.result import Provenance

DECISIVE = ("duckdb", "ibis-framework", "numpy", "pandas", "scikit-learn", "scipy")
WORDS = {"names"}  # a hundred phrases are no parameters: the option's name is, and config.yaml has the rest
WAYS = (
    r"tune\.storage",
    r"tune\.trials",
    r"tune\.log_trials",
    r"tune\.workers",
)  # of working, not of what is found
CREDENTIALS = re.compile("[@?]")  # an address with a user or an option may hold a password
GROUPS = (
    "engine",
    "data",
    "cleaning",
    "features",
    "outliers",
    "one_time",
    "prepare",
    "projection",
    "model",
    "view",
    "names",
    "tune",
    "evaluate",
)


def provenance(config: DictConfig) -> Provenance:
    """Everything that decides the result, without addresses that may hold a password."""
    settings = OmegaConf.to_container(config, resolve=True)
    assert isinstance(settings, dict)
    for place in ("tracking", "cache", "cache_folder"):
        del settings[place]
    settings["tune"].pop("storage", None)
    if CREDENTIALS.search(str(settings["data"].get("url"))):
        del settings["data"]["url"]
    choices = _choices(config)
    decisive = (*DECISIVE, "pyspark") if choices["engine"] == "spark" else DECISIVE
    return Provenance(
        choices=choices,
        parameters=dict(_flat({key: value for key, value in settings.items() if key not in WORDS})),
        config=OmegaConf.to_yaml(OmegaConf.create(settings)),
        command=shlex.join(["python", "src/run.py", *overrides()]),
        code=_code_version(),
        versions={"python": sys.version.split()[0], **{package: version(package) for package in decisive}},
    )


def run_name(origin: Provenance) -> str:
    """`kmeans n_clusters=5 rfm`: lists of runs show some twenty letters, so what differs comes first."""
    # By other words, or no difference.
    told = re.compile(rf"({'|'.join([*GROUPS, *WAYS])}|data\.folder|cache|cache_folder|report|engine\..*?)=")
    values = [typed.removeprefix("experiments=") for typed in overrides() if not told.match(typed)]
    own = [typed.removeprefix("model.") for typed in values if typed.startswith("model.")]
    others = [typed for typed in values if not typed.startswith("model.")]
    return " ".join([origin.choices["model"], *own, origin.choices["features"], *others])


def overrides() -> list[str]:
    """What was typed, without the addresses of the store and of a database: they may hold a password."""
    private = re.compile(rf"[+]*((tracking|tune\.storage)[.=]|data\.url=.*{CREDENTIALS.pattern})")
    return [typed for typed in HydraConfig.get().overrides.task if not private.match(typed)]


def _choices(config: DictConfig) -> dict[str, str]:
    """The option of each group; several feature sets are named together."""
    chosen = HydraConfig.get().runtime.choices
    return {
        group: ",".join(config.features) if group == "features" else str(chosen[group]) for group in GROUPS
    }


def _flat(node: object, prefix: str = "") -> Iterator[tuple[str, str]]:
    """`model.n_clusters` for nested values; a list is one value."""
    if isinstance(node, Mapping):
        for key, child in node.items():
            yield from _flat(child, f"{prefix}.{key}" if prefix else str(key))
    else:
        yield prefix, str(node)


def _code_version() -> str:
    """The commit, marked when the working tree differs from it; the package's version without git."""
    describe = ["git", "-C", str(ROOT), "describe", "--always", "--dirty", "--abbrev=12", "--exclude=*"]
    try:
        commit = subprocess.run(describe, capture_output=True, text=True, check=True, timeout=10)  # noqa: S603
    except (OSError, subprocess.SubprocessError):
        return __version__
    return f"{__version__}+{commit.stdout.strip()}"
