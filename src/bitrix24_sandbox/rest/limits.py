"""How much a caller may ask: the leaky bucket, and each method's running time."""

from collections import defaultdict, deque
from dataclasses import dataclass, field

from bitrix24_sandbox.account.world import World

BASKETS = 10
BASKET_SECONDS = 60


@dataclass
class Buckets:
    """Leaky buckets by source address: limits.md of the Bitrix24 docs."""

    levels: dict[str, tuple[float, float]] = field(default_factory=dict)

    def take(self, world: World, source: str, now: float) -> bool:
        """Count one request; false if the bucket of its source is full."""
        limits = world.limits
        if not limits.burst:
            return True
        level, at = self.levels.get(source, (0.0, now))
        level = max(0.0, level - max(0.0, now - at) * limits.per_second)
        fits = level + 1 <= limits.burst
        self.levels[source] = (level + 1 if fits else level, now)
        return fits


@dataclass
class Meter:
    """Running time by caller and method, in ten baskets of one minute each.

    A call is refused once the sum exceeds the budget. The call that exceeds it still
    runs.
    """

    baskets: dict[tuple[str, str], deque[list[float]]] = field(
        default_factory=lambda: defaultdict(deque)
    )

    def used(self, key: tuple[str, str], now: float) -> float:
        """Return the running total, in seconds."""
        baskets = self.baskets[key]
        while baskets and baskets[0][0] + BASKETS * BASKET_SECONDS <= now:
            baskets.popleft()
        return sum(seconds for _, seconds in baskets)

    def reset_at(self, key: tuple[str, str], now: float) -> int:
        """Return when the oldest basket is dropped."""
        baskets = self.baskets[key]
        oldest = baskets[0][0] if baskets else now
        return int(oldest + BASKETS * BASKET_SECONDS)

    def add(self, key: tuple[str, str], seconds: float, now: float) -> None:
        """Bill one call."""
        baskets = self.baskets[key]
        if not baskets or baskets[-1][0] + BASKET_SECONDS <= now:
            baskets.append([now, 0.0])
        baskets[-1][1] += seconds


@dataclass
class Stats:
    """How much was asked since the last reset."""

    http: int = 0
    batch_commands: int = 0
    served_503: int = 0
    served_429: int = 0
    served_errors: int = 0
    met_faults: int = 0
    methods: dict[str, int] = field(default_factory=lambda: defaultdict(int))
