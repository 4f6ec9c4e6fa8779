"""How much is drawn to judge segments: what evidence costs."""

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Effort:
    """Counts of draws, and sizes of samples. A measure without draws is left out: it is missing, not 0.

    Above a size, customers are sampled: seeded, every segment in proportion, and a note states it.
    """

    sample: int = 10_000  # customers whose silhouettes and forecasts are scored
    refit_sample: int = 2_500  # customers that the flow is fitted on again and again
    small_sample: int = 1_000  # the same where it takes long: at every k, and with UMAP
    bootstraps: int = 0  # resamples of customers, for the stability of each segment
    splits: int = 0  # halvings of the customers, for prediction strength
    seeds: int = 0  # fits that differ in their seed alone
    nulls: int = 0  # data sets without segments, of each kind
    random: int = 0  # random segmentations, which calibrate the scores
    resamples: int = 0  # of customers, for the intervals of usefulness
    views: int = 0  # draws for each view at each k
