"""From `again=<run>` to the words that Hydra takes: the options and values that a run left in the store."""

import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

import yaml
from omegaconf import DictConfig, ListConfig, OmegaConf

from segmentlab.errors import ConfigError
from segmentlab.evaluation import LoggedRun
from segmentlab.lab.config import (
    AGAIN_WORD,
    check_choice_file,
    compose_setup,
    compose_words,
    find_option,
    is_choice,
    list_options,
    prepare_argument,
    register_overlay,
)
from segmentlab.lab.experiment.provenance import NAMING_GROUPS
from segmentlab.lab.names import replace_paths
from segmentlab.lab.tracking import (
    MlflowTracker,
    check_store_exists,
    explain_store_errors,
    find_run,
    open_store,
    read_experiments,
    read_runs,
)
from segmentlab.redaction import HIDDEN

CONFIG_FILE: Final = "config.yaml"
# Values that say where something lies are this machine's, where it has one.
PLACE: Final = re.compile(r"\$\{(repo|oc\.env):")
MODEL_GROUPS: Final = ("model", "search")  # an option of the one sets the other as well
# What may gain a key without another result; in every other group a key that the run lacks is taken out.
OPEN_GROUPS: Final = ("data", "engine", "names", "evaluate", "view")


def repeat_run(words: Sequence[str]) -> list[str]:
    """The words of a command with what `again=<run>` stands for; other words change what that run was.

    Values go into an overlay in memory, so that what is typed wins over them, and a seed that is typed goes
    wherever a seed is used.
    """
    named = [word for word in words if word.startswith(AGAIN_WORD)]
    if not named:
        return list(words)
    others = [word for word in words if not word.startswith(AGAIN_WORD)]
    if len(named) > 1 or any(word.lstrip("+").startswith("experiment") for word in others):
        raise ConfigError(
            "again= takes one run, and no experiment= beside it: the run has values of its own."
        )
    store = compose_setup([word for word in others if word.startswith("tracking.")]).config.tracking
    check_store_exists(store.uri)
    tracker = open_store(store.uri, store.experiment, artifacts=None)
    run = find_repeated_run(tracker, named[0].removeprefix(AGAIN_WORD).strip("'\""))
    overlay, deleted = _make_overlay(run, read_logged_config(tracker, run), _list_chosen_groups(others))
    again = prepare_argument(f"{AGAIN_WORD}{run.run_id}")
    first = next((place for place, word in enumerate(others) if is_choice(word)), len(others))
    return [*others[:first], overlay, *deleted, again, *others[first:]]


def find_repeated_run(tracker: MlflowTracker, wanted: str) -> LoggedRun:
    """The finished run of that id, of an id that begins so or of that name, in whatever experiment it is."""
    if re.fullmatch(r"[\w-]+", wanted):
        asked = f"attributes.run_id LIKE '{wanted}%'"
        found = [run for one in read_experiments(tracker).values() for run in read_runs(one, asked)]
        if found:
            return find_run(found, wanted, key="again")
    return find_run(read_runs(tracker, None), wanted, key="again")


def read_logged_config(tracker: MlflowTracker, run: LoggedRun) -> DictConfig:
    """The configuration of a run, with what its study chose in place of what was written."""
    with (
        TemporaryDirectory(prefix="segmentlab-") as folder,
        explain_store_errors(f"{CONFIG_FILE} of run '{run.name}' can't be read", "Look for it in the run."),
    ):
        path = Path(tracker.client.download_artifacts(run.run_id, CONFIG_FILE, folder))
        check_choice_file(path)  # a store may be anybody's
        config = OmegaConf.load(path)
    assert isinstance(config, DictConfig)
    for group in ("model", "prepare"):
        chosen = run.params.get(f"tuned.{group}")
        if chosen is not None and chosen != run.params.get(group):
            option = OmegaConf.load(find_option(group, chosen))
            assert isinstance(option, DictConfig)
            for key, value in (option if group == "model" else {group: option}).items():
                config[key] = value
    for name, value in run.params.items():
        if name.startswith(("tuned.model.", "tuned.projection.")):
            OmegaConf.update(config, name.removeprefix("tuned."), yaml.safe_load(value), force_add=True)
    if "names" in config and "quantities" not in config.names:
        config.names = _renew_names(run.params.get("names", ""))
    return config


def _renew_names(chosen: str) -> DictConfig | ListConfig:
    """The words of today: names of earlier versions rested on medians of segments, and none does any more."""
    known = [path.stem for path in list_options("names")]
    return OmegaConf.load(find_option("names", chosen if chosen in known else "english"))


def _make_overlay(run: LoggedRun, logged: DictConfig, typed: set[str]) -> tuple[str, list[str]]:
    """The word that chooses what the run was, and a word for each key that it did without."""
    options = {group: _read_choice(run, group) for group in NAMING_GROUPS if group in run.params}
    kept = {key: value for key, value in _unfold(logged).items() if key not in {"tune", "again", *typed}}
    values = _leave_out_hidden(kept, typed)
    plain = {key: value for key, value in values.items() if not isinstance(value, Mapping)}
    name = f"again_{run.run_id}"
    # What is here with the run's options and seed: what follows from them need not be said.
    here = compose_words([register_overlay(name, options, plain)]).config
    changes = _find_changes(values, _unfold(here), _unfold(here, resolve=False))
    deleted = [
        f"~{group}.{key}"
        for group, value in values.items()
        if group not in OPEN_GROUPS
        for key in _list_missing_keys(value, _unfold(here).get(group))
    ]
    return register_overlay(name, options, plain | changes), deleted


def _leave_out_hidden(values: Mapping[str, Any], typed: set[str], place: str = "") -> dict[str, Any]:
    """What held a password was not kept with the run, so it has to be typed again."""
    kept = {}
    for key, value in values.items():
        name = f"{place}{key}"
        if isinstance(value, Mapping):
            kept[key] = _leave_out_hidden(value, typed, f"{name}.")
        elif HIDDEN not in str(value):
            kept[key] = value
        elif name not in typed:
            raise ConfigError(
                f"again: {name} held a password or a token, which no run keeps. Type {name}=... "
                "beside again=."
            )
    return kept


def _unfold(config: DictConfig, *, resolve: bool = True) -> dict[str, Any]:
    values = OmegaConf.to_container(config, resolve=resolve)
    assert isinstance(values, dict)
    return {str(key): value for key, value in values.items()}


def _read_choice(run: LoggedRun, group: str) -> str | list[str] | None:
    """What the run chose of a group; a study is not repeated, and values say it where no option does."""
    if group == "tune":
        return "none"
    known = [path.stem for path in list_options(group)]
    if group == "features":
        return [name for name in run.params[group].split(",") if name in known]
    name = run.params.get(f"tuned.{group}", run.params[group])
    return name if name in known else None


def _list_chosen_groups(words: Sequence[str]) -> set[str]:
    """The groups of which an option is typed: nothing of what the run was is left of them."""
    chosen = {word.lstrip("+~").partition("=")[0] for word in words}
    return chosen | (set(MODEL_GROUPS) if "model" in chosen else set())


def _find_changes(logged: Any, here: Any, written: Any) -> dict[str, Any]:  # noqa: ANN401  (nested values)
    """What has to be set so that `here` becomes what was logged; `written` has its interpolations."""
    changes = {}
    for key, value in logged.items():
        own, source = here.get(key), written.get(key) if isinstance(written, Mapping) else None
        if isinstance(value, Mapping) and isinstance(own, Mapping):
            inner = _find_changes(value, own, source)
            if inner:
                changes[key] = inner
        elif key not in here or not (_is_same(value, own) or (own is not None and PLACE.search(str(source)))):
            changes[key] = value
    return changes


def _is_same(logged: object, here: object) -> bool:
    """Classes are the same whichever version wrote where they are."""
    return logged == here or replace_paths(str(logged)) == replace_paths(str(here))


def _list_missing_keys(logged: Any, here: Any, prefix: str = "") -> Iterator[str]:  # noqa: ANN401
    """The keys of nested values that were not logged."""
    if isinstance(here, Mapping) and isinstance(logged, Mapping):
        for key, value in here.items():
            if key not in logged:
                yield f"{prefix}{key}"
            else:
                yield from _list_missing_keys(logged[key], value, f"{prefix}{key}.")
