"""The entries of `metrics.py` on what the segments of earlier days say of the days after."""

from typing import Final

from segmentlab.evaluation.measure import Measure, Rank

LATER_MEASURES: Final[tuple[Measure, ...]] = (
    Measure(
        "usefulness/mean_spend_r2", "Later spend, R2 over several days",
        "How much of the differences in later spend (its logarithm) the segments foresaw: mean of several "
        "earlier days, the latest of which counts most, on folds and resamples that all runs on the data "
        "share.",
        "evaluation.cutoffs.judge_cutoffs",
        better="higher", interval=True, draws="cutoffs", shown=("report",),
        rank=Rank(
            "data", alike=("cutoffs", "holdout_days"), heading="Mean spend R2",
            note="Spend R2: how well later spend was foreseen, over several cut-off days or on one, compared "
            "over the same days.",
        ),
    ),
    Measure(
        "usefulness/spend_r2", "Later spend, R2",
        "How much of the differences in later spend (its logarithm) the segments foresaw: 1 is all, 0 none.",
        "evaluation.usefulness.score_forecast",
        better="higher", interval=True, draws="holdout_days", shown=("terminal", "card", "forecasts"),
        objective=True,
        rank=Rank("data", turn=1, alike=("holdout_days",), heading="Spend R2"),
    ),
    Measure(
        "usefulness/baseline_rfm_grid/spend_r2", "Later spend, R2 of the RFM grid",
        "The same of a grid of RFM quantiles with as many cells: what segments have to beat.",
        "evaluation.foresight.judge_foresight",
        draws="holdout_days", shown=("terminal", "card"),
    ),
    Measure(
        "usefulness/spend_rank", "Later spend, ranks",
        "Whether who was expected to spend more did: rank correlation, 1 is the same order.",
        "evaluation.usefulness.score_forecast",
        better="higher", interval=True, draws="holdout_days", shown=("forecasts",),
    ),
    Measure(
        "usefulness/repurchase_auc", "Who buys again, AUC",
        "How often one who bought again was expected to rather than one who did not: 0.5 is chance.",
        "evaluation.usefulness.score_forecast",
        better="higher", interval=True, draws="holdout_days", shown=("card", "forecasts"),
        rank=Rank("beside", heading="Return AUC", note="Return AUC: who buys again, and who does not."),
    ),
    Measure(
        "usefulness/repurchase_calibration", "Calibration error",
        "Mean distance between how many were expected to buy again and how many did.",
        "evaluation.usefulness.score_forecast",
        better="lower", interval=True, draws="holdout_days", shown=("forecasts",),
    ),
    Measure(
        "usefulness/beyond_grid_<cells>", "Beyond an RFM grid of fixed size",
        "R2 of later spend beyond that of a grid of 4, 5 or 8 cells, in pairs, mean over the cut-off days.",
        "evaluation.cutoffs.judge_cutoffs",
        better="higher", interval=True, draws="cutoffs",
    ),
    Measure(
        "usefulness/beyond_best_grid", "Beyond the best RFM grid",
        "The same of whichever of these grids foresaw best: above 0 the segments say more than any of them.",
        "evaluation.cutoffs.judge_cutoffs",
        better="higher", interval=True, draws="cutoffs", shown=("report", "card"),
        rank=Rank("beside", heading="Beyond grid", note="Beyond grid: of the best of three RFM grids."),
    ),
    Measure(
        "usefulness/cutoffs", "Cut-off days",
        "On how many earlier days the segments were learnt anew and judged by what came after.",
        "evaluation.cutoffs.judge_cutoffs",
        unit="count", draws="cutoffs",
    ),
    Measure(
        "usefulness/value_model/spend_r2", "Later spend, R2 of the value model",
        "The same of the laws of orders and spend, fitted on that day: what single customers can be told by.",
        "evaluation.foresight.judge_foresight",
        draws="holdout_days", shown=("report",),
    ),
    Measure(
        "usefulness/value_level", "Buyers for each one expected",
        "How many ordered in the days after for each one whom the value model expected to: 1 is as many.",
        "evaluation.later_value.compare_tenths",
        draws="holdout_days", shown=("report",),
    ),
    Measure(
        "usefulness/<forecast>/<score>", "Other forecasts",
        "The same scores of what everybody could have said (baseline_rfm_grid, baseline_single, "
        "baseline_past_spend), of the value model (value_model) and of the features themselves "
        "(ceiling_features).",
        "evaluation.foresight.judge_foresight",
        draws="holdout_days",
    ),
    Measure(
        "usefulness/top_segment_revenue_share", "Revenue of the best segment",
        "Share of later revenue that came from the segment of which most was expected per customer.",
        "evaluation.usefulness.compute_top_share",
        unit="share", draws="holdout_days",
    ),
    Measure(
        "recommend/hit_rate", "Hit rate of recommendations",
        "Of earlier days' lists of new products: share of returning customers who bought some of theirs.",
        "goods.hindsight.judge_ways",
        better="higher", unit="share", draws="holdout_days",
    ),
    Measure(
        "recommend/recall", "Recall of recommendations",
        "Of earlier days' lists of new products: share of what customers bought that was on theirs.",
        "goods.hindsight.judge_ways",
        better="higher", unit="share", draws="holdout_days",
    ),
    Measure(
        "recommend/<way>_<rate>", "Other recommendations",
        "The same rates: `repeat` of products bought before or not, `own` of each one's most frequent ones "
        "among these; `popularity` (`repeat_popularity`) and `random` of lists that everybody could make, "
        "which are to be beaten.",
        "goods.hindsight.judge_ways",
        unit="share", draws="holdout_days",
    ),
)  # fmt: skip
