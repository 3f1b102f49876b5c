"""The solver of a run as the domain names it (`planning.Solve`). It is loaded when first used: numpy and scipy take

50 MB that a service without a run of recommendations does not need. Large programs take seconds: it works aside.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from services.matching.domain.instance import Instance
from services.matching.domain.planning import Choice, Dial
from shared.runtime.aside import aside


def solve(instance: Instance, dial: Dial) -> Mapping[str, Choice]:
    """For each mentee who is not locked what becomes of them; the same for the same input, in whatever order."""
    from services.matching.solving import whole  # noqa: PLC0415 (see above)

    return aside(whole.solve, instance, dial)


def prepared(instance: Instance, seed: int) -> Callable[[Dial], Mapping[str, Choice]]:
    """The same for one dial after another: what does not depend on it is found once."""
    from services.matching.solving import whole  # noqa: PLC0415 (see above)

    at = aside(whole.prepared, instance, seed)
    return lambda dial: aside(at, dial)
