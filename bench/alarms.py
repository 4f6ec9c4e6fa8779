"""How often the monitor fires on months that are as they should be, and whether it fires on broken ones.

Each world is learnt from its first year and looked at after every month of the second, over 365 days.

    python bench/alarms.py [worlds] [customers] [processes]
"""

import sys
import tempfile
from collections import Counter
from collections.abc import Callable, Iterable
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import dataclass, replace
from datetime import date, timedelta

import ibis
import ibis.expr.types as ir
import pandas as pd
from hydra import compose, initialize_config_dir
from omegaconf import OmegaConf

from segmentlab.features.table import build_feature_table
from segmentlab.flow import StepTimer
from segmentlab.flow.alarms import Alarm, AlarmLimits
from segmentlab.flow.place import Recipe
from segmentlab.flow.result import Plan, Standing
from segmentlab.flow.standing import find_standing
from segmentlab.flow.watch import WatchBaseline, WatchRules, watch_segments
from segmentlab.lab.config.build import build_plan
from segmentlab.lab.config.folders import CONF, ROOT
from segmentlab.lab.config.settings import register_settings
from segmentlab.modelling.segmenter import Segmenter
from segmentlab.segments import sum_net
from segmentlab.segments.naming import choose_names
from segmentlab.transactions.books.shop import find_shop
from segmentlab.transactions.cleaning.single_lines import From
from segmentlab.transactions.dataset import Dataset
from segmentlab.transactions.ledger import AS_OF_RULE, clean_lines, select_until
from segmentlab.transactions.synthetic import SyntheticWorld

AS_IT_IS = "as it is"
LEARNT = date(2010, 12, 1)
MONTHS = [moment.date() for moment in pd.date_range("2011-01-01", "2011-12-01", freq="MS")]

Shift = Callable[[ir.Table, ir.BooleanValue], ir.Table]


def prices_doubled(lines: ir.Table, late: ir.BooleanValue) -> ir.Table:
    """A currency that changed, or a factor applied twice."""
    return lines.mutate(unit_price=lines["unit_price"] * ibis.ifelse(late, 2.0, 1.0))


def country_lost(lines: ir.Table, late: ir.BooleanValue) -> ir.Table:
    """A feed that stopped."""
    return lines.filter(~(late & (lines["country"] == "United Kingdom")))


def ids_reformatted(lines: ir.Table, late: ir.BooleanValue) -> ir.Table:
    """A new system that writes ids in its own way."""
    return lines.mutate(customer_id=ibis.ifelse(late, "C-" + lines["customer_id"], lines["customer_id"]))


SHIFTS: dict[str, Shift] = {
    "prices doubled": prices_doubled,
    "country lost": country_lost,
    "ids reformatted": ids_reformatted,
}


def usual_plan() -> Plan:
    """The plan that a run has by default."""
    register_settings()
    OmegaConf.register_new_resolver("repo", lambda path="": str(ROOT / path), replace=True)
    with initialize_config_dir(str(CONF), version_base="1.3"):
        return build_plan(compose("run"))


def usual_limits() -> AlarmLimits:
    """The limits that the monitor has by default."""
    return AlarmLimits(**OmegaConf.load(CONF / "limits" / "usual.yaml"))


def learnt(plan: Plan, world: Dataset) -> WatchBaseline:
    """What a run over the first year leaves."""
    cleaned = clean_lines(
        world.transactions, {AS_OF_RULE: From(LEARNT.isoformat()), **plan.cleaning}, world.source
    )
    features = build_feature_table(plan.features, cleaned.transactions, LEARNT)
    segmenter = Segmenter(plan.preparation, plan.projection, plan.model)
    segmenter.fit(features.frame, long_tailed=features.long_tailed)
    labels = pd.Series(segmenter.labels_, index=features.frame.index)
    standing = find_standing(cleaned.transactions, LEARNT, sum_net(world.transactions, LEARNT))
    assert isinstance(standing, Standing)
    conditions = plan.names.conditions
    names = choose_names(standing.share_true(conditions, labels), labels.value_counts(), {})
    scorer = replace(segmenter.scorer_, names=segmenter.scorer_.names | names)
    recipe = Recipe(plan.cleaning, features.recipe, world.digest, LEARNT, standing.laws, conditions)
    shop = find_shop(select_until(world.transactions, LEARNT))
    return WatchBaseline("the model", scorer, recipe, features.frame, cleaned.ledger, plan, shop)


def shifted(world: Dataset, shift: Shift, from_day: date) -> Dataset:
    """The world as it would be delivered with the last days broken."""
    lines = world.transactions
    late = lines["timestamp"] >= ibis.timestamp(f"{from_day} 00:00:00")
    return Dataset(
        name=world.name, source=world.source, digest=world.digest, transactions=shift(lines, late).cache()
    )


@dataclass(frozen=True)
class Glance:
    """What one look found: `month` is how its data were."""

    month: str
    checks: tuple[Alarm, ...]

    @property
    def fired(self) -> list[str]:
        """The checks that ask for a look."""
        return [check.name for check in self.checks if check.fired]


def glance(baseline: WatchBaseline, dataset: Dataset, as_of: date, month: str = AS_IT_IS) -> Glance:
    """A look with the limits that the monitor has by default."""
    look = WatchRules(usual_limits(), as_of=as_of, days=365)
    return Glance(month, watch_segments(baseline, dataset, look, StepTimer()).checks)


def glances(seed: int, customers: int) -> list[Glance]:
    """What one world gives: every month as it is, and one month under each shift."""
    with tempfile.TemporaryDirectory() as folder:
        world = SyntheticWorld(customers=customers, seed=seed, folder=folder).read(ibis.duckdb.connect())
        baseline = learnt(usual_plan(), world)
        found = [glance(baseline, world, as_of) for as_of in MONTHS]
        as_of = MONTHS[seed % len(MONTHS)]
        for name, shift in SHIFTS.items():
            broken = shifted(world, shift, as_of - timedelta(days=30))
            found.append(glance(baseline, broken, as_of, name))
    return found


def report(found: Iterable[Glance]) -> None:
    """Count looks, alarms, and what fired; and how far each check went in months as they should be."""
    counts: Counter[str] = Counter()
    alarms: Counter[str] = Counter()
    reasons: Counter[str] = Counter()
    quiet: dict[str, list[Alarm]] = {}
    for one in found:
        counts[one.month] += 1
        alarms[one.month] += bool(one.fired)
        reasons.update(f"{one.month}: {check}" for check in one.fired)
        for check in one.checks if one.month == AS_IT_IS else ():
            quiet.setdefault(check.name, []).append(check)
    for name, number in counts.items():
        print(f"{name}: {alarms[name]} alarms in {number} looks ({alarms[name] / number:.1%})")
    for reason, number in reasons.most_common():
        print(f"  {reason} {number}")
    print(f"{AS_IT_IS}, the value nearest to its limit or beyond it:")
    for name, checks in quiet.items():
        values = [check.value for check in checks]
        print(f"  {name} {max(values) if checks[0].at_most else min(values):.3f}, limit {checks[0].limit:g}")


def main(worlds: int = 100, customers: int = 2000, processes: int = 1) -> None:
    """Tell of each world when it is done, for a hundred take a while; and of all at the end."""
    found: dict[int, list[Glance]] = {}
    with ProcessPoolExecutor(processes) as pool:
        begun = {pool.submit(glances, seed, customers): seed for seed in range(worlds)}
        for done in as_completed(begun):
            seed = begun[done]
            found[seed] = done.result()
            told = "; ".join(f"{one.month}: {', '.join(one.fired)}" for one in found[seed] if one.fired)
            print(f"world {seed}, {len(found)} of {worlds}: {told}", file=sys.stderr, flush=True)
    report(one for seed in sorted(found) for one in found[seed])


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
