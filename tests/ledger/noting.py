"""An observer that writes down what it is told."""

from dataclasses import dataclass, field


@dataclass
class Notes:
    """What was told: how many calls each commit had and its seconds, which troubles there were, why writes were begun again."""

    commits: list[tuple[int, float]] = field(default_factory=list)
    troubles: list[str] = field(default_factory=list)
    reasons: list[str] = field(default_factory=list)

    @property
    def sizes(self) -> list[int]:
        return [calls for calls, _ in self.commits]

    def committed(self, calls: int, seconds: float) -> None:
        self.commits.append((calls, seconds))

    def failed(self, trouble: str) -> None:
        self.troubles.append(trouble)

    def begun_again(self, reason: str) -> None:
        self.reasons.append(reason)
