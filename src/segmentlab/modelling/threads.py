"""How many threads a fit may use."""

from threadpoolctl import threadpool_limits

ONE_THREAD_BELOW = 500_000


def threads_for(rows: int) -> threadpool_limits:
    """One thread; for large data the library's own choice, but for linear algebra.

    Below some 500,000 rows threads wait for each other longer than they compute. At 200,000 two OpenMP
    threads make K-Means no faster on an idle machine, and beside a busy core four times slower; at 6,000
    a hundred times. At a million a busy core costs 1.4 times. One thread also sums in one order, which
    keeps results equal from run to run.

    Products of matrices with a handful of columns gain nothing from threads at any size: a Gaussian mixture
    of 200,000 customers takes a third of the processor's time with one.
    """
    return threadpool_limits(1) if rows < ONE_THREAD_BELOW else threadpool_limits(1, user_api="blas")
