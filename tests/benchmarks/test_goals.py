"""A goal is met within its bounds, and says them."""

import pytest

from benchmarks.goals import Finding, Goal


@pytest.mark.parametrize(
    ("goal", "figure", "is_met"),
    [
        (Goal(least=0.5), 0.5, True),
        (Goal(least=0.5), 0.49, False),
        (Goal(most=20), 20, True),
        (Goal(most=20), 21, False),
        (Goal(least=0.85, most=1.15), 1.0, True),
        (Goal(least=0.85, most=1.15), 0.8, False),
        (Goal(least=0.85, most=1.15), 1.2, False),
    ],
)
def test_bounds_belong_to_the_goal(goal: Goal, figure: float, is_met: bool) -> None:
    """Every other figure misses it."""
    assert goal.is_met_by(figure) is is_met
    assert Finding("a ratio", figure, goal).is_missed is not is_met


def test_goal_stands_beside_the_figure() -> None:
    """With the unit of both."""
    assert Finding("importing", 2.51, Goal(most=2.0, unit=" s")).words == "importing: 2.51 s (≤ 2 s)"
    assert Goal(least=0.85, most=1.15).words == "0.85 to 1.15"
