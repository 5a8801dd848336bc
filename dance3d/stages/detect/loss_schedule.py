"""Schedule of the loss weights: steps from the YAML, linear interpolation between them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

TERMS = ("invented", "fitted", "skeleton", "physique", "consensus", "symmetry", "bending")
"""Invented bodies; bodies fitted to masks; both masks; other views; equal bones of both sides; knees bent forward."""
Step = dict[str, Any]


class Cascade:
    """The schedule of a training.

    Args:
        steps: each with ``at``, the share of the training from 0 to 1 at which it holds; ``arms``, whether arms are
            drawn from then on; and weights of ``TERMS``. Values not in a step stay as before, at first 0 and no arms.

    Raises:
        ValueError: no step, a name that is not known, shares that do not grow from 0, or a weight below 0.

    Source: Yang et al., Mask as Supervision, ECCV 2024, section 3 (cascade) and equation 8.
    """

    def __init__(self, steps: Sequence[Step]) -> None:
        if not steps or steps[0].get("at") != 0:
            raise ValueError("the cascade needs steps, the first of them at 0")
        self.at: list[float] = []
        self.arms: list[bool] = []
        self.weights: list[dict[str, float]] = []
        arms, weights = False, dict.fromkeys(TERMS, 0.0)
        for step in steps:
            unknown = set(step) - {"at", "arms", *TERMS}
            if unknown:
                raise ValueError(f"the cascade knows no {', '.join(sorted(unknown))}; choose from {', '.join(TERMS)}")
            if "at" not in step or (self.at and not self.at[-1] < step["at"] <= 1):
                raise ValueError(f"step {step} of the cascade must say `at`, above the step before and at most 1")
            arms = bool(step.get("arms", arms))
            weights = weights | {name: float(step[name]) for name in TERMS if name in step}
            if min(weights.values()) < 0:
                raise ValueError(f"step {step} of the cascade has a weight below 0")
            self.at.append(float(step["at"]))
            self.arms.append(arms)
            self.weights.append(weights)

    def now(self, share: float) -> tuple[dict[str, float], bool, int]:
        """Weights of all terms, whether arms are drawn, and the number of the step, at a share of the training."""
        last = max(n for n, at in enumerate(self.at) if at <= max(share, 0.0))
        if last + 1 == len(self.at):
            return self.weights[last], self.arms[last], last
        fraction = (share - self.at[last]) / (self.at[last + 1] - self.at[last])
        before, after = self.weights[last], self.weights[last + 1]
        return {name: (1 - fraction) * before[name] + fraction * after[name] for name in TERMS}, self.arms[last], last
