"""How many threads a fit may use."""

from contextlib import AbstractContextManager, nullcontext

from threadpoolctl import threadpool_limits

ONE_THREAD_BELOW = 50_000


def threads_for(rows: int) -> AbstractContextManager[object]:
    """One thread for small data, the library's own choice for large.

    Below some 50,000 rows threads wait for each other longer than they compute: two OpenMP threads on
    a machine whose other core is busy make K-Means a hundred times slower. One thread also sums in one
    order, which keeps results equal from run to run.
    """
    return threadpool_limits(limits=1) if rows < ONE_THREAD_BELOW else nullcontext()
