"""Goals: the bounds of a figure, and whether it is within them."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Goal:
    """The bounds of a figure; None where it has no bound."""

    least: float | None = None
    most: float | None = None
    unit: str = ""

    def is_met_by(self, figure: float) -> bool:
        """Return whether the figure is within the bounds."""
        return (self.least is None or figure >= self.least) and (self.most is None or figure <= self.most)

    @property
    def words(self) -> str:
        """The bounds as the table shows them."""
        least, most = (None if bound is None else f"{bound:.3g}{self.unit}" for bound in (self.least, self.most))
        if least and most:
            return f"{least} to {most}"
        return f"≥ {least}" if least else f"≤ {most}"


@dataclass(frozen=True, slots=True)
class Finding:
    """A figure that has a goal, under the name that the report gives it."""

    name: str
    figure: float
    goal: Goal

    @property
    def is_missed(self) -> bool:
        return not self.goal.is_met_by(self.figure)

    @property
    def words(self) -> str:
        """The figure beside its goal."""
        return f"{self.name}: {self.figure:.3g}{self.goal.unit} ({self.goal.words})"
