"""The settings of RFV and Pareto (spec §5), and what transforms make of them."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction
from math import gcd, lcm
from typing import Literal

from pydantic import Field, StrictInt, model_validator

from jobs.setting_types import PeriodSetting, Share
from jobs.yaml_models import Strict
from transforms.pareto import ParetoShares
from transforms.rfv import Scoring
from transforms.rfv_measures import MeasureChoices, ValueBasis

LARGEST_WEIGHTS = 10**8


class Rfv(Strict):
    """Performance of the customer base (spec §5)."""

    frequency: Literal["purchases", "frequency_per_month"]
    value: Literal["value", "average_ticket"]
    history: Literal["all"] | PeriodSetting
    population: Literal["all", "active"]
    bands: StrictInt = Field(ge=1)
    scoring: Literal["percent_rank", "ntile", "quantile", "fixed"]
    recency_cuts: tuple[Decimal, ...]
    frequency_cuts: tuple[Decimal, ...]
    value_cuts: tuple[Decimal, ...]
    weights: tuple[Decimal, Decimal, Decimal]
    top_ranking: Literal["weighted", "nested"]
    top_share: Share
    fv_value: Literal["average_ticket", "value"]
    category: Literal["fv_quadrant", "top_class"]

    @property
    def scoring_rules(self) -> Scoring:
        """How measures become bands and rankings."""
        return Scoring(
            mode=self.scoring,
            bands=self.bands,
            cuts=(self.recency_cuts, self.frequency_cuts, self.value_cuts),
            weights=_in_lowest_terms(self.weights),
            top_ranking=self.top_ranking,
            top_share=self.top_share,
        )

    def measures(self, basis: ValueBasis) -> MeasureChoices:
        """What frequency and value are.

        Args:
            basis: What value means in the network.
        """
        return MeasureChoices(
            frequency=self.frequency,
            value=self.value,
            value_basis=basis,
            history=None if self.history == "all" else self.history,
            fv_value=self.fv_value,
        )

    @model_validator(mode="after")
    def _weights(self) -> Rfv:
        if min(self.weights) < 0 or sum(self.weights) == 0:
            message = "weights must not be negative, and one of them must be positive"
            raise ValueError(message)
        # A weighted sum of ranks of billions of customers must fit into 64 bits.
        if sum(_in_lowest_terms(self.weights)) > LARGEST_WEIGHTS:
            message = f"weights are too fine: in whole numbers their sum passes {LARGEST_WEIGHTS:,}"
            raise ValueError(message)
        return self

    @model_validator(mode="after")
    def _cuts(self) -> Rfv:
        for name in ("recency_cuts", "frequency_cuts", "value_cuts"):
            cuts: tuple[Decimal, ...] = getattr(self, name)
            if list(cuts) != sorted(set(cuts)):
                message = f"{name} must rise from cut to cut"
                raise ValueError(message)
            if self.scoring == "fixed" and len(cuts) != self.bands - 1:
                message = f"{name} needs {self.bands - 1} cuts for {self.bands} bands"
                raise ValueError(message)
        return self


def _in_lowest_terms(weights: tuple[Decimal, Decimal, Decimal]) -> tuple[int, int, int]:
    """The smallest whole numbers in the same proportion."""
    fractions = [Fraction(each) for each in weights]
    scale = lcm(*(each.denominator for each in fractions))
    whole = [int(each * scale) for each in fractions]
    recency, frequency, value = (each // gcd(*whole) for each in whole)
    return recency, frequency, value


class Pareto(Strict):
    """Concentration of value (spec §5)."""

    abc_shares: tuple[Share, Share]
    top_customers_share: Share
    value_share: Share

    @property
    def shares(self) -> ParetoShares:
        """The shares that are asked about."""
        return ParetoShares(self.abc_shares, self.top_customers_share, self.value_share)

    @model_validator(mode="after")
    def _in_order(self) -> Pareto:
        if self.abc_shares[0] >= self.abc_shares[1]:
            message = "abc_shares must rise: the share of A, then that of A and B together"
            raise ValueError(message)
        return self
