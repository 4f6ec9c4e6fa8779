"""What to type to have the segments of a trial without its study."""

from collections.abc import Sequence

from segmentlab.tuning.proposal import Proposal
from segmentlab.tuning.space import MODEL, PREPARE, PROJECTION


def without_study(typed: Sequence[str], own_model: str, proposal: Proposal) -> list[str]:
    """What was typed, with the values of a trial in the place of the study.

    What was typed for the parameters of the run's own model says nothing to another one.
    """
    chosen = {MODEL: proposal.model} if proposal.model != own_model else {}
    chosen |= {f"{MODEL}.{name}": str(value) for name, value in proposal.parameters.items()}
    chosen |= {f"{PROJECTION}.{name}": str(value) for name, value in proposal.projection.items()}
    if proposal.prepare is not None:
        chosen[PREPARE] = proposal.prepare
    kept = [one for one in typed if not _replaced(one.lstrip("+").partition("=")[0], chosen)]
    return [*kept, *(f"{name}={value}" for name, value in chosen.items())]


def _replaced(key: str, chosen: dict[str, str]) -> bool:
    another_model = MODEL in chosen and key.startswith(f"{MODEL}.")
    return key in chosen or another_model or key.partition(".")[0] == "tune"
