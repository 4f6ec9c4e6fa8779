"""Errors of a tracking store in one clear sentence, and without passwords."""

from collections.abc import Iterator
from contextlib import contextmanager

from segmentlab.errors import StoreError
from segmentlab.redaction import redact_text


@contextmanager
def explain_store_errors(what: str, advice: str) -> Iterator[None]:
    """Raise a StoreError that says what was being done, why it failed and what to do about it."""
    from mlflow.exceptions import MlflowException
    from sqlalchemy.exc import SQLAlchemyError

    try:
        yield
    except (MlflowException, SQLAlchemyError, ImportError, OSError) as error:
        # The first line is the reason; SQL and response bodies follow it.
        reason = (str(error) or type(error).__name__).splitlines()[0]
        # `from None`: the original carries the address with its password.
        raise StoreError(redact_text(f"{what}: {reason.rstrip('.')}. {advice}")) from None
