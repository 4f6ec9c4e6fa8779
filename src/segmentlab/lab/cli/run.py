"""One experiment at the edge: the core's story between a progress display and a tracker."""

import functools
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator, Mapping
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING

from hydra.core.hydra_config import HydraConfig
from omegaconf import DictConfig, OmegaConf

from segmentlab import __version__
from segmentlab.flow import Provenance, StepTimer, Tag, describe, segment
from segmentlab.lab.cache import FeatureCache
from segmentlab.lab.cli.entry import resume_collector
from segmentlab.lab.cli.progress import show_progress
from segmentlab.lab.cli.study_order import build_study_order
from segmentlab.lab.cli.terminal import show_dataset, show_reader_notes, summarise_run
from segmentlab.lab.config import ROOT, build_engine, build_plan, build_source
from segmentlab.lab.tracking import open_store
from segmentlab.report import make_report, record_end, record_first_look, record_start

if TYPE_CHECKING:
    from segmentlab.lab.cli.tune import TunedPlan


# Where a run comes from: its choices, its code, and the packages that decide the numbers.


RECORDED_LIBRARIES = ("duckdb", "ibis-framework", "numpy", "pandas", "scikit-learn", "scipy")
WORDY_GROUPS = {
    "names"
}  # a hundred phrases are no parameters: the option's name is, and config.yaml has the rest
UNDECISIVE_KEYS = (
    r"tune\.storage",
    r"tune\.trials",
    r"tune\.log_trials",
    r"tune\.workers",
)  # of working, not of what is found
CREDENTIAL_MARKS = re.compile("[@?]")  # an address with a user or an option may hold a password
NAMING_GROUPS = (
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


def collect_provenance(config: DictConfig) -> Provenance:
    """Everything that decides the result, without addresses that may hold a password."""
    settings = OmegaConf.to_container(config, resolve=True)
    assert isinstance(settings, dict)
    for place in ("tracking", "cache", "cache_folder"):
        del settings[place]
    settings["tune"].pop("storage", None)
    if CREDENTIAL_MARKS.search(str(settings["data"].get("url"))):
        del settings["data"]["url"]
    choices = _collect_choices(config)
    decisive = (*RECORDED_LIBRARIES, "pyspark") if choices["engine"] == "spark" else RECORDED_LIBRARIES
    return Provenance(
        choices=choices,
        parameters=dict(
            _flatten_values({key: value for key, value in settings.items() if key not in WORDY_GROUPS})
        ),
        config=OmegaConf.to_yaml(OmegaConf.create(settings)),
        command=shlex.join(["python", "src/run.py", *list_overrides()]),
        code=_find_code_version(),
        versions={"python": sys.version.split()[0], **{package: version(package) for package in decisive}},
    )


def name_run(origin: Provenance) -> str:
    """`kmeans n_clusters=5 rfm`: lists of runs show some twenty letters, so what differs comes first."""
    # By other words, or no difference.
    told = re.compile(
        rf"({'|'.join([*NAMING_GROUPS, *UNDECISIVE_KEYS])}"
        r"|data\.folder|cache|cache_folder|report|engine\..*?)="
    )
    values = [typed.removeprefix("experiments=") for typed in list_overrides() if not told.match(typed)]
    own = [typed.removeprefix("model.") for typed in values if typed.startswith("model.")]
    others = [typed for typed in values if not typed.startswith("model.")]
    return " ".join([origin.choices["model"], *own, origin.choices["features"], *others])


def list_overrides() -> list[str]:
    """What was typed, without the addresses of the store and of a database: they may hold a password."""
    private = re.compile(rf"[+]*((tracking|tune\.storage)[.=]|data\.url=.*{CREDENTIAL_MARKS.pattern})")
    return [typed for typed in HydraConfig.get().overrides.task if not private.match(typed)]


def _collect_choices(config: DictConfig) -> dict[str, str]:
    """The option of each group; several feature sets are named together."""
    chosen = HydraConfig.get().runtime.choices
    return {
        group: ",".join(config.features) if group == "features" else str(chosen[group])
        for group in NAMING_GROUPS
    }


def _flatten_values(node: object, prefix: str = "") -> Iterator[tuple[str, str]]:
    """`model.n_clusters` for nested values; a list is one value."""
    if isinstance(node, Mapping):
        for key, child in node.items():
            yield from _flatten_values(child, f"{prefix}.{key}" if prefix else str(key))
    else:
        yield prefix, str(node)


def _find_code_version() -> str:
    """The commit, marked when the working tree differs from it; the package's version without git."""
    describe = ["git", "-C", str(ROOT), "describe", "--always", "--dirty", "--abbrev=12", "--exclude=*"]
    try:
        commit = subprocess.run(describe, capture_output=True, text=True, check=True, timeout=10)  # noqa: S603
    except (OSError, subprocess.SubprocessError):
        return __version__
    return f"{__version__}+{commit.stdout.strip()}"


def run_experiment(config: DictConfig) -> None:
    """Read, segment, report and record. The run exists in the store once the data could be read.

    Lines are opened when something asks for them: nothing does when their features are known. Features
    are kept after a run that has ended well, so a run that fails leaves none.
    """
    plan, source, engine = build_plan(config), build_source(config), build_engine(config)
    if config.look:
        show_dataset(source.read(engine.connect()))
        return
    origin = collect_provenance(config)
    order = build_study_order(config, origin.choices)
    study: TunedPlan | None = None
    opened = functools.cache(lambda: source.read(engine.connect()))
    kept = FeatureCache(Path(config.cache_folder) if config.cache else None, plan, source, engine)
    with show_progress() as announce:
        steps = StepTimer(announce)
        with steps("store"):
            tracker = open_store(config.tracking.uri, config.tracking.experiment, artifacts=None)
        resume_collector()
        with steps("data"):
            found = kept.read()
            about = opened().about if found is None else found.about
        show_reader_notes([*about.notes, *kept.notes])
        name = name_run(origin)
        with tracker.run(name, {"segmentlab.command": origin.command}) as log:
            log.log(record_start(origin, about))
            log.log([Tag("data.cached", "no" if found is None else "yes")])
            if config.profile:
                with steps("profile"):
                    log.log(record_first_look(opened()))
            described = describe(plan, opened(), steps) if found is None else found
            if order is not None:
                from segmentlab.lab.cli.tune import tune_plan

                study = tune_plan(order, plan, described, log, steps)
                plan = study.plan
            result = segment(plan, described, steps)
            with steps("report"):
                files, report = make_report(
                    result, origin, config.report, () if study is None else study.pictures
                )
            with steps("record"):
                log.log(record_end(result, files, report, steps.seconds))
        if found is None:
            kept.write(described)
            show_reader_notes(kept.notes)
    summarise_run(name, result, log.url, typed=list_overrides() if study is None else study.typed)
    show_reader_notes([] if study is None else study.told)
