"""Whether broken deliveries are told, and whole ones are not: every night after the days that were learnt.

Shops that are generated, or a log of your own where one is named.

    python -m bench.deliveries [log]
"""

import sys
from collections import Counter
from collections.abc import Callable
from statistics import median

import ibis
import numpy as np
import pandas as pd

import segmentlab as sl
from segmentlab.transactions import File
from segmentlab.transactions.books.deliveries import DeliveryHabits, compare_days, count_days, learn_habits

SHOPS = ((150, 4), (500, 4), (2000, 3))  # customers, and how many shops of so many
STARTS, NIGHTS = 30, 40  # moments at which something breaks, and how long it is waited for


def lose_all(days: pd.DataFrame) -> pd.DataFrame:
    """A feed that has died."""
    return days * 0


def lose_most(days: pd.DataFrame) -> pd.DataFrame:
    """One file of ten."""
    return (days * 0.1).round().astype(int)


def lose_half(days: pd.DataFrame) -> pd.DataFrame:
    """One file of two."""
    return (days * 0.5).round().astype(int)


def send_twice(days: pd.DataFrame) -> pd.DataFrame:
    """A file under two names."""
    return days * 2


def lose_refunds(days: pd.DataFrame) -> pd.DataFrame:
    """Refunds come from another system, which is silent."""
    return days.assign(refunds=0)


Break = Callable[[pd.DataFrame], pd.DataFrame]
BREAKS: dict[str, Break] = {
    "nothing comes": lose_all,
    "a tenth comes": lose_most,
    "half comes": lose_half,
    "all comes twice": send_twice,
    "no refunds come": lose_refunds,
}


def find_words(habits: DeliveryHabits, days: pd.DataFrame, night: pd.Timestamp) -> list[str]:
    """What a night tells."""
    return [word for word, _ in compare_days(habits, days, night.date())]


def count_alarms(days: pd.DataFrame, start: pd.Timestamp) -> tuple[int, Counter[str]]:
    """Nights as they should be, and the alarms in them."""
    habits = learn_habits(days[days.index < start])
    nights = pd.date_range(start, days.index.max() + pd.Timedelta(days=1))
    return len(nights), Counter(word for night in nights for word in find_words(habits, days, night))


def wait_for_alarm(habits: DeliveryHabits, days: pd.DataFrame, begins: pd.Timestamp, change: Break) -> int:
    """How many nights after something broke it is told; none at all is more than there are."""
    broken = days.copy()
    after = broken.index >= begins
    broken.loc[after] = change(broken[after])
    last = broken.index[broken["lines"] > 0].max()  # where a log ends
    nights = pd.date_range(begins + pd.Timedelta(days=1), periods=NIGHTS)
    told = (number for number, night in enumerate(nights, 1) if find_words(habits, broken[:last], night))
    return next(told, NIGHTS + 1)


def report_breaks(days: pd.DataFrame, start: pd.Timestamp) -> None:
    """Each kind of break, at moments that are drawn."""
    habits = learn_habits(days[days.index < start])
    moments = pd.date_range(start, days.index.max() - pd.Timedelta(days=NIGHTS))
    drawn = [
        pd.Timestamp(moment) for moment in np.random.default_rng(0).choice(moments, STARTS, replace=False)
    ]
    for name, change in BREAKS.items():
        told = [wait for moment in drawn if (wait := wait_for_alarm(habits, days, moment, change)) <= NIGHTS]
        nights = f", after {median(told):g} nights (median)" if told else ""
        print(f"  {name}: told in {len(told)} of {STARTS}{nights}")


def report_log(name: str, days: pd.DataFrame) -> None:
    """Alarms for three stretches that are learnt from, and breaks after the first year."""
    starts = [days.index.min() + pd.DateOffset(months=months) for months in (12, 15, 18)]
    for start in starts:
        nights, alarms = count_alarms(days, start)
        print(f"{name}, learnt until {start.date()}: {nights} nights, alarms {dict(alarms)}")
    report_breaks(days, starts[0])


def main(log: str | None = None) -> None:
    """A log, or generated shops of each size."""
    if log is not None:
        report_log(log, count_days(File(path=log).read(ibis.duckdb.connect()).transactions))
        return
    for customers, shops in SHOPS:
        for seed in range(shops):
            lines = ibis.memtable(sl.make_shop(customers=customers, seed=seed))
            report_log(f"{customers} customers, seed {seed}", count_days(lines))


if __name__ == "__main__":
    main(*sys.argv[1:])
