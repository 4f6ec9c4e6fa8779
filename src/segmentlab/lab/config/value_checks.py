"""Values of a configuration that no type refuses, and why they can't be."""

from collections.abc import Sequence
from importlib.util import find_spec

from omegaconf import DictConfig

from segmentlab.errors import ConfigError

REPORT_EXTENTS = ("none", "summary", "full", "slides")
MOST_WEEKS = 26  # ahead: within half a year a shop changes what it sells
LONGEST_HORIZON = 1_095  # days ahead: of three years on, no law that was fitted to a shop's past tells much
MODEL_ALIASES = ("champion", "challenger")  # what a run can be promoted to

# Fewer draws than these say nothing: a p-value of 0.05 takes 19, a spread or an agreement takes two.
_LEAST_VALUES = {
    "sample": 100,
    "refit_sample": 100,
    "small_sample": 100,
    "nulls": 19,
    "gaps": 100,
    "random": 2,
    "seeds": 2,
}


def check_draws(evaluate: DictConfig) -> None:
    """Refuse fewer draws than say anything."""
    for name in map(str, evaluate):
        count, least, optional = evaluate[name], _LEAST_VALUES.get(name, 1), not name.endswith("sample")
        if count < least and not (optional and count == 0):
            none = ", or 0 to leave it out" if optional else ""
            raise ConfigError(f"evaluate.{name}={count} is too small: write {least} or more{none}.")


def check_promotion(config: DictConfig) -> None:
    """Refuse choices of a promotion that exclude each other."""
    if config.alias not in MODEL_ALIASES:
        raise ConfigError(f"alias={config.alias}: a run becomes {' or '.join(MODEL_ALIASES)}.")
    if not str(config.name).strip() or set(config.name) & set("/:"):
        raise ConfigError(f"name={config.name}: write a name without / and :, such as segments.")
    if config.force != bool(config.reason):
        raise ConfigError(
            "force and reason go together: force=true \"reason='why the gate does not matter here'\". "
            "Both are kept with the model."
        )
    chosen = (config.run_id, config.filter, config.force, config.accept, config.alias != MODEL_ALIASES[0])
    if config.rollback and any(chosen):
        raise ConfigError(
            "rollback=true goes back to the version before; it takes no other choice beside it."
        )


def check_horizons(horizons: Sequence[int]) -> None:
    """Refuse days ahead that nothing can be said of."""
    if len(set(horizons)) < len(horizons) or not all(1 <= days <= LONGEST_HORIZON for days in horizons):
        raise ConfigError(
            f"value.horizons={list(horizons)}: write different numbers of days from 1 to {LONGEST_HORIZON}, "
            "as in [30,90,365], or [] to leave out what to expect."
        )


def check_weeks(weeks: int | None) -> None:
    """Refuse weeks ahead that nothing can be said of."""
    if weeks is not None and not 1 <= weeks <= MOST_WEEKS:
        raise ConfigError(
            f"stock.weeks={weeks}: write a whole number from 1 to {MOST_WEEKS}, or null to leave out what to "
            "have in stock."
        )


def check_report(extent: str) -> None:
    """Refuse a report that there is not."""
    if extent not in REPORT_EXTENTS:
        raise ConfigError(f"report={extent}: there is no such report. Write {', '.join(REPORT_EXTENTS)}.")
    if extent == "slides" and find_spec("pptx") is None:
        raise ConfigError("report=slides needs the package python-pptx: python -m pip install -e '.[slides]'")
