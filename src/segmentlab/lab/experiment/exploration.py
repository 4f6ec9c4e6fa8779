"""A segmentation whose evidence comes in kind after kind, for as long as somebody looks at it."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

from segmentlab.flow import OwnEvidence, Result
from segmentlab.lab.experiment.segmentation import Segmentation

if TYPE_CHECKING:
    from segmentlab.lab.experiment.background import BackgroundProcess

# What each kind of evidence answers, in the order in which they come.
EVIDENCE_KINDS: Final = {
    "gaps": "Are there gaps between the segments?",
    "calibration": "Are the scores better than those of random segments?",
    "stability": "Are the segments found again among other customers?",
    "seeds": "Does another start find the same?",
    "halves": "Do both halves of the customers agree?",
    "null gaussian": "Would a plain cloud score as well?",
    "null copula": "Would features of the same shapes score as well?",
    "null permuted": "Would unrelated features score as well?",
    "usefulness": "Do the segments foresee later spend?",
}


class Exploration:
    """Segments that are there at once, and evidence that streams in while somebody looks at them.

    One kind is gathered at a time, and the next one only when somebody asks: whoever moves on to other
    segments does not wait for what is left of these.

    Attributes:
        found: The segmentation. When all evidence is there, it has it too, with the numbers of `segment`.
        kinds: The kinds of evidence that have come so far.

    Example:
        >>> import segmentlab as sl
        >>> with sl.Lab(sl.make_shop(customers=300), background=False) as lab:
        ...     exploration = lab.explore(n_clusters=4, settings={"evaluate.holdout_days": 0})
        ...     first = next(iter(exploration))
        >>> first, exploration.finished
        ('gaps', False)
    """

    def __init__(self, found: Segmentation, background: "BackgroundProcess | None" = None) -> None:
        self.found = found
        self.kinds: list[str] = []
        self._own: OwnEvidence | None = None
        self._judged: Result | None = None
        self._stream = found.stream_evidence(background)
        self.finished = False

    def poll(self) -> bool:
        """Take what has come, and have the next kind begun; whether anything has come.

        Without a process in the background this gathers the next kind here.
        """
        if self.finished or not getattr(self._stream, "ready", True):
            return False
        self._take(next(self._stream, None))
        return True

    def __iter__(self) -> Iterator[str]:
        """The kinds as they come; whoever iterates waits for them."""
        while not self.finished:
            before = len(self.kinds)
            self._take(next(self._stream, None))
            yield from self.kinds[before:]

    @property
    def result(self) -> Result:
        """The segmentation judged by what is known so far: verdict, checks and metrics grow with it."""
        if self._own is None:
            return self.found.known
        if self._judged is None:
            self._judged = self.found.judge_by(self._own)
        return self._judged

    def _take(self, came: tuple[str, OwnEvidence] | None) -> None:
        if came is None:
            self.finished = True
            assert self._own is not None
            self._judged = self.found.judge_by(self._own, keep=True)
            return
        kind, self._own = came
        self._judged = None
        if kind in EVIDENCE_KINDS:
            self.kinds.append(kind)
