"""From a setup to customers: the data opened once, and described once for each way to describe it."""

import json
from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, TypeVar, cast

import pyarrow as pa
from omegaconf import OmegaConf

from segmentlab.errors import ConfigError
from segmentlab.flow import DescribedCustomers, Plan, StepTimer, describe
from segmentlab.lab.cache import FeatureCache, LogCopies
from segmentlab.lab.config import Setup, build_engine, build_source
from segmentlab.modelling import K_PARAMETERS, StageMemory
from segmentlab.transactions import CustomersOnly, Dataset, Memory

# What decides how customers are described; all else decides how they are segmented.
DESCRIBING_KEYS = ("cleaning", "features", "leave_out", "as_of")
CLEANING_KEYS = ("cleaning", "as_of")
MOST_SHARED = 5_000_000  # clean lines that are held for the next description
Made = TypeVar("Made")


@dataclass
class OpenedData:
    """Data that is read when it is first asked for, with the customers that were described from it."""

    lines: pa.Table | None = None
    customers: pa.Table | None = None
    dataset: Dataset | CustomersOnly | None = None
    described: dict[str, DescribedCustomers] = field(default_factory=dict)
    shared: tuple[str, dict[Hashable, object]] = field(default_factory=lambda: ("", {}))

    def read(self, setup: Setup) -> Dataset | CustomersOnly:
        """The dataset; it is opened once."""
        if self.dataset is None:
            copies = LogCopies.of(setup.config)
            self.dataset = copies.read(self._find_source(setup), build_engine(setup.config))
        return self.dataset

    def describe(self, setup: Setup, plan: Plan, steps: StepTimer) -> DescribedCustomers:
        """The customers as this plan describes them; each way is computed once."""
        key = self.make_key(setup.config)
        if key not in self.described:
            self.described[key] = self._describe_anew(setup, plan, steps)
        return self.described[key]

    def _describe_anew(self, setup: Setup, plan: Plan, steps: StepTimer) -> DescribedCustomers:
        """From the cache that commands keep, where it has them; else from the data."""
        config = setup.config
        kept = FeatureCache.of(config, plan, self._find_source(setup), build_engine(config))
        found = kept.read() if self.dataset is None else None
        if found is None:
            with steps("data"):
                dataset = self.read(setup)
            found = describe(plan, dataset, steps, self._share(config))
            kept.write(found)
            if found.sales is not None and found.sales.ledger["rows"].iloc[-1] > MOST_SHARED:
                self.shared = "", {}
        return found

    def _share(self, config: Mapping[str, Any]) -> StageMemory:
        """What other descriptions of the same clean lines have found, whatever their features.

        It is kept for one way to clean, the last one: lines are larger than all that is made of them.
        """
        cleaning = json.dumps([_resolve(config[key]) for key in CLEANING_KEYS], default=str)
        if self.shared[0] != cleaning:
            self.shared = cleaning, {}
        found = self.shared[1]

        def known(key: Hashable, make: Callable[[], Made]) -> Made:
            if key not in found:
                found[key] = make()
            return cast("Made", found[key])

        return known

    def _find_source(self, setup: Setup) -> Any:  # noqa: ANN401  (any source, see the contract)
        source = build_source(setup.config)
        if isinstance(source, Memory):
            return replace(source, lines=self.lines, customers=self.customers)
        if self.customers is not None:
            raise ConfigError(
                "A table of customers in memory goes with transactions in memory, or alone. For files, name "
                "the customers' file: settings={'data.customers': 'customers.csv'}."
            )
        return source

    def make_key(self, config: Mapping[str, Any], others: Sequence[str] = ()) -> str:
        """A text that is equal for equal ways to describe customers, and for equal choices of `others`."""
        # Each in its place, where choices that refer to others, such as `products` to the seed, find them.
        written = {key: _resolve(config[key]) for key in (*DESCRIBING_KEYS, *others)}
        written["days"] = [config["evaluate"].get(name, 0) for name in ("holdout_days", "cutoffs")]
        for name in K_PARAMETERS if "model" in others else ():
            written["model"].pop(name, None)
        return json.dumps(written, default=str)


def _resolve(chosen: Any) -> Any:  # noqa: ANN401  (any value of a configuration)
    return OmegaConf.to_container(chosen, resolve=True) if OmegaConf.is_config(chosen) else chosen
