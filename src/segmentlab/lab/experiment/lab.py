"""A laboratory in Python: data is read, cleaned and described once, and every further variant is warm."""

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, ClassVar, Final, Self

import numpy as np
import pandas as pd

from segmentlab.errors import ConfigError, DataError
from segmentlab.evaluation import QUICK_EFFORT, LoggedRun, make_leaderboard
from segmentlab.flow import DescribedCustomers, Metric, Param, Plan, StepTimer, Tag, fit_segments
from segmentlab.lab.config import Setup, build_plan, compose_setup, list_groups
from segmentlab.lab.experiment.arguments import (
    COLUMNS,
    VALUES,
    check_choices,
    copy_settings,
    name_data,
    write_choices,
    write_columns,
)
from segmentlab.lab.experiment.background import BackgroundProcess
from segmentlab.lab.experiment.exploration import Exploration
from segmentlab.lab.experiment.opening import OpenedData
from segmentlab.lab.experiment.provenance import collect_provenance
from segmentlab.lab.experiment.segmentation import Segmentation
from segmentlab.lab.tuning import SharedStore
from segmentlab.modelling import GivenLabels, align_labels
from segmentlab.report import record_end, record_start
from segmentlab.transactions import Books, CustomersOnly, check_values, convert_to_arrow, keep_books

JUDGED_BEST: Final = 2  # of a sweep
LEARNT_GIB: Final = 2.0  # for what variants have in common: prepared customers, maps, trees


class Lab:
    """Data that is read, cleaned and described once, to be segmented again and again.

    Args:
        data: Transactions: a DataFrame of pandas or Polars, a table of Arrow, the path of a file, or the
            name of a data set such as `"synthetic"`. None where there are customers only.
        customers: A table with a row per customer: alone, or beside transactions in memory.
        settings: Further keys as on the command line: `{"data.dates": "day_first"}`.
        background: Whether evidence that takes draws is gathered in a process of its own, while the segments
            can be used already; False gathers it before `segment` returns. The numbers are the same.
        **choices: What the table calls its columns (`customer_id="who"`), where names are not found; and
            choices that every segmentation of this laboratory shares: `features`, `prepare`, `seed` ...

    Attributes:
        found: Every segmentation so far, in the order in which they were made.

    Example:
        >>> import segmentlab as sl
        >>> lab = sl.Lab(sl.make_shop(customers=300), evaluate="quick")
        >>> len(lab.segment(n_clusters=4).profile)
        4
        >>> lab.sweep(n_clusters=[3, 4, 5]).index.tolist()
        [3, 4, 5]
    """

    COLUMNS: ClassVar = COLUMNS  # of ours, for which a table may have other names

    def __init__(
        self,
        data: Any = None,  # noqa: ANN401
        *,
        customers: Any = None,  # noqa: ANN401
        settings: Mapping[str, Any] | None = None,
        background: bool = True,
        **choices: Any,  # noqa: ANN401
    ) -> None:
        columns = {name: choices.pop(name) for name in COLUMNS if name in choices}
        _check_names(choices)
        self._words, self._opened = _open(data, customers)
        self._words += write_columns(columns)
        self._shared = {"settings": copy_settings(settings), **choices}
        if data is None and "features" not in choices:
            self._shared["features"] = "numbers"
        self.found: list[Segmentation] = []
        self._scans: dict[str, pd.DataFrame] = {}
        self._learnt = SharedStore(LEARNT_GIB)
        self._background = BackgroundProcess(self) if background else None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        self.close()

    def close(self) -> None:
        """End the process in the background. What it has not gathered is gathered where it is asked for."""
        if self._background is not None:
            self._background.close()
            self._background = None

    def look(self, **choices: Any) -> Books:  # noqa: ANN401
        """What the shop can check against its own books, and what contradicts itself.

        Args:
            **choices: As for `segment`; `cleaning` and `as_of` decide what is summed.

        Returns:
            Tables of totals, months, the largest customers and orders, rules, and contradictions.
        """
        setup = self._compose(choices)
        plan, dataset = build_plan(setup.config), self._opened.read(setup)
        if isinstance(dataset, CustomersOnly):
            raise ConfigError("A table of customers has no books: look needs transactions.")
        check_values(dataset.transactions, dataset.source)
        return keep_books(dataset, plan.cleaning, plan.as_of)

    def segment(self, *, labels: Any = None, **choices: Any) -> Segmentation:  # noqa: ANN401
        """Segment the customers once more.

        Args:
            labels: Segments that somebody made elsewhere, to be profiled, named, judged and scored like any
                others: a Series or mapping from customer id to segment, or a sequence in the order of the
                table of customers.
            **choices: Every group of `conf/` by its name (`features`, `prepare`, `projection`, `model`,
                `outliers`, `one_time`, `cleaning`, `evaluate`, `names`, `view`, `engine`), `seed`, `as_of`,
                `leave_out`, `report`, `settings`; all else is a parameter of the model (`n_clusters=5`).

        Returns:
            What was found.
        """
        found = self._fit(choices, labels)
        found.judge(self._background)
        return found

    def explore(self, **choices: Any) -> Exploration:  # noqa: ANN401
        """Segment the customers once more, with evidence that can be looked at while it comes.

        Args:
            **choices: As for `segment`.

        Returns:
            The segments, and a way to take their evidence kind after kind. What is not taken is not gathered.
        """
        return Exploration(self._fit(choices), self._background)

    def _fit(self, choices: Mapping[str, Any], labels: Any = None) -> Segmentation:  # noqa: ANN401
        setup = self._compose(choices)
        steps = StepTimer()
        plan = build_plan(setup.config)
        described = self._describe(setup, plan, steps)
        if labels is not None:
            plan = replace(plan, model=GivenLabels(self._align(labels, described)), apart=(), ks=())
        return self._keep(plan, described, setup, steps)

    def _describe(self, setup: Setup, plan: Plan, steps: StepTimer) -> DescribedCustomers:
        if self._background is not None and plan.effort != plan.effort.without_draws:
            self._background.start()
        return self._opened.describe(setup, plan, steps)

    def _keep(
        self, plan: Plan, described: DescribedCustomers, setup: Setup, steps: StepTimer
    ) -> Segmentation:
        customers = self._opened.make_key(setup.config)
        fitted = fit_segments(
            plan, described, steps, lambda key, make: self._learnt.get((customers, key), make)
        )
        found = Segmentation(fitted, setup, steps, self._opened, self._scans)
        self.found.append(found)
        return found

    def sweep(self, *, judged: int = JUDGED_BEST, **choices: Any) -> pd.DataFrame:  # noqa: ANN401
        """Segment with every combination of these choices.

        Args:
            judged: How many of the best, by `compare`, get the evidence that `evaluate` asks for; the others
                get theirs when it is asked for.
            **choices: As for `segment`; a list, range or tuple is a choice to vary. A list of feature sets
                that belong together is a list within the list: `features=[["rfm"], ["rfm", "rhythm"]]`.

        Returns:
            A row for each combination, named by what varies, with the main metrics: those that take no
            draws. The segmentations themselves are in `found`.
        """
        varied = {name: list(values) for name, values in choices.items() if _is_varied(values)}
        if not varied:
            raise ConfigError("sweep needs a choice with several values, such as n_clusters=range(3, 9).")
        fixed = {name: value for name, value in choices.items() if name not in varied}
        combinations = [
            dict(zip(varied, values, strict=True)) for values in itertools.product(*varied.values())
        ]
        for chosen in combinations:  # what can't be is told before the first is computed
            self._compose({**fixed, **chosen})
        swept = [self._fit({**fixed, **chosen}) for chosen in combinations]
        rows = [
            {**{name: _write_name(value) for name, value in chosen.items()}, **found.known.metrics}
            for chosen, found in zip(combinations, swept, strict=True)
        ]
        for place in _rank(swept)["run_id"].head(judged):
            swept[int(place)].judge(self._background)
        return pd.DataFrame(rows).set_index(list(varied))

    def tune(self, **choices: Any) -> Segmentation:  # noqa: ANN401
        """Let Optuna choose the parameters of the model, and segment with what it chose.

        Args:
            **choices: As for `segment`. `settings={"tune.trials": 20}` and the like say how.

        Returns:
            What was found with the parameters that were chosen; `setup.typed` names them.
        """
        from segmentlab.lab.experiment.study_order import build_study_order
        from segmentlab.lab.experiment.tune import tune_plan
        from segmentlab.lab.tracking import MemoryRun

        setup = self._compose({"tune": "optuna", **choices})
        steps = StepTimer()
        plan = build_plan(setup.config)
        described = self._describe(setup, plan, steps)
        order = build_study_order(setup.config, collect_provenance(setup).choices)
        assert order is not None
        tuned = tune_plan(setup, order, plan, described, MemoryRun("study", {}), steps)
        found = self._keep(tuned.plan, described, compose_setup(tuned.typed), steps)
        found.judge(self._background)
        return found

    def compare(self) -> pd.DataFrame:
        """The leaderboard of everything this laboratory has found, by the rules of `compare.py`.

        Returns:
            A row for each segmentation, the best first; `run_id` is its place in `found`. Of a sweep's
            variants without evidence it has what takes no draws.
        """
        if not self.found:
            raise ConfigError("There is nothing to compare yet: call segment, sweep or tune first.")
        return _rank(self.found)

    def _compose(self, choices: Mapping[str, Any]) -> Setup:
        _check_names(choices)
        settings = {**self._shared["settings"], **copy_settings(choices.get("settings"))}
        chosen = {**self._shared, **choices, "settings": settings}
        return compose_setup([*self._words, *write_choices(chosen)])

    def _align(self, labels: Any, described: DescribedCustomers) -> list[object]:  # noqa: ANN401
        """The labels in the order of the described customers."""
        customers = described.features.frame.index
        if not isinstance(labels, Mapping | pd.Series):
            labels = self._index_by_row(list(labels))
        given = pd.Series(labels, dtype="object")
        given.index = given.index.astype(str)
        return align_labels(given, customers, "labels", "Give one to each")

    def _index_by_row(self, labels: list[object]) -> pd.Series:
        """A sequence goes with the rows of the table of customers."""
        dataset = self._opened.dataset
        table = None if dataset is None or self._opened.lines is not None else dataset.customers
        if table is None:
            raise DataError(
                "labels: with transactions it takes a Series or a mapping from customer id to segment."
            )
        ids = table.select("customer_id").to_pandas()["customer_id"]
        if len(ids) != len(labels):
            raise DataError(f"labels has {len(labels):,} labels for {len(ids):,} rows of customers.")
        return pd.Series(labels, index=ids, dtype="object")


def _check_names(choices: Mapping[str, Any]) -> None:
    check_choices(choices, [*list_groups("run"), *VALUES, "settings", "labels"])


def _open(data: Any, customers: Any) -> tuple[list[str], OpenedData]:  # noqa: ANN401
    """What to type for the data, and what is in memory of it."""
    if data is None and customers is None:
        raise ConfigError("There is no data: give transactions, or customers=, or both.")
    known = None if customers is None else convert_to_arrow(customers, "the table of customers")
    if data is None:
        return ["data=memory"], OpenedData(customers=known)
    if isinstance(data, str) or hasattr(data, "__fspath__"):
        return list(name_data(data)), OpenedData(customers=known)
    return ["data=memory"], OpenedData(lines=convert_to_arrow(data), customers=known)


def _is_varied(values: object) -> bool:
    return isinstance(values, Sequence | range | np.ndarray) and not isinstance(values, str)


def _write_name(value: object) -> object:
    return "+".join(map(str, value)) if isinstance(value, list | tuple) else value


def _rank(found: Sequence[Segmentation]) -> pd.DataFrame:
    """The leaderboard; `run_id` is the place of each."""
    runs = [_make_logged_run(str(place), each) for place, each in enumerate(found)]
    return make_leaderboard(runs).reset_index(drop=True)


def _make_logged_run(run_id: str, found: Segmentation) -> LoggedRun:
    """A segmentation as the store would tell of it."""
    origin, result = collect_provenance(found.setup), found.known
    items = [*record_start(origin, result.described.about), *record_end(result, [], None, {})]
    params = {item.key: item.value for item in items if isinstance(item, Param)}
    if not found.asked:
        params |= {"evaluate": QUICK_EFFORT, "evaluate.holdout_days": "0"}
    return LoggedRun(
        run_id=run_id,
        name=found.name,
        params=params,
        metrics={item.key: item.value for item in items if isinstance(item, Metric)},
        tags={item.key: item.value for item in items if isinstance(item, Tag)},
    )
