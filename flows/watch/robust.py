"""Statistics that a few wild values do not move."""

from collections.abc import Sequence
from statistics import median

# By which the median deviation of normally spread values is multiplied to give their standard deviation.
TO_SIGMA = 1.4826


def spread(values: Sequence[float]) -> float:
    """About the standard deviation, from the median distance to the median."""
    middle = median(values)
    return TO_SIGMA * median(abs(value - middle) for value in values)


def quantile(values: Sequence[float], share: float) -> float:
    """The value that `share` of them do not exceed."""
    ordered = sorted(values)
    return ordered[min(int(share * len(ordered)), len(ordered) - 1)]
