"""What goes wrong in Spark, in one line that says what to do."""

import re
from collections.abc import Iterator
from contextlib import contextmanager

from segmentlab.errors import DataError


@contextmanager
def translate_errors() -> Iterator[None]:
    """What goes wrong while a query runs (a file that went away, a worker that was lost), in one line."""
    from py4j.protocol import Py4JJavaError
    from pyspark.errors import PySparkException

    try:
        yield
    except (PySparkException, Py4JJavaError) as error:
        raise DataError(
            f"Spark could not answer: {find_spark_reason(error)} Check the data and the cluster "
            "that engine.master "
            "names, and run the command again."
        ) from error


def find_spark_reason(error: Exception) -> str:
    """What Spark says below the name that it gives the error; the rest is a stack trace of Java's."""
    named = re.search(r"\[[A-Z_.]+\] (.*)", str(error))
    return named.group(1) if named else str(error).splitlines()[0]
