"""The return of an action: what counts, what it came to against its cost, and what may be said."""

from __future__ import annotations

import re
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import yaml

from jobs.campaigns.campaign_settings import Measure
from jobs.campaigns.comparison import Estimate
from jobs.campaigns.conclusions import conclusion
from jobs.campaigns.results import (
    ActionResult,
    MeasureResult,
    Rules,
    action_result,
    judged_together,
)
from jobs.campaigns.sums import Groups, Strata, Sums
from jobs.campaigns.totals import total
from jobs.campaigns.verdicts import Verdict, verdict
from jobs.report.words import LANGUAGES
from tests.campaign_sums import CONFIDENCE, bought

RULES = Rules(CONFIDENCE, Decimal("0.001"))
SHARE = Decimal("0.05")
TEXTS = {
    language: yaml.safe_load(
        (Path(__file__).parent.parent / "conf" / "campaigns" / f"{language}.yaml").read_text(
            encoding="utf-8"
        )
    )
    for language in LANGUAGES
}


def spent(buyers: int, customers: int, mean: int, before: int = 0) -> Sums:
    """Half of the buyers bought for the mean less 10, half for 10 more; all the same before."""
    return Sums.of(
        customers,
        buyers * mean,
        buyers * (mean**2 + 100),
        customers * before,
        customers * before**2,
        buyers * mean * before,
    )


def action(
    listed: tuple[int, int], control: tuple[int, int], mean: int = 100, **given: Any
) -> ActionResult:
    """An action whose list and control have so many buyers of so many customers."""
    sums: dict[Measure, Strata] = {
        "customers": {"": Groups(bought(*listed), bought(*control))},
        "value": {"": Groups(spent(*listed, mean), spent(*control, 100))},
    }
    return action_result(sums, SHARE, RULES, **given)


def only(result: ActionResult, measure: Measure = "customers") -> MeasureResult:
    return result.measures[measure]


def test_incremental_is_what_the_list_bought_beyond_the_control_per_head() -> None:
    result = action((5700, 19_000), (250, 1000))
    customers, value = only(result), only(result, "value")
    assert customers.listed_total == 5700
    assert customers.control_total == 250
    assert (customers.listed_mean, customers.control_mean) == (0.3, 0.25)
    # spec §9: n_list × (p_list − p_control)
    assert customers.incremental == pytest.approx(19_000 * 0.05)
    assert value.incremental == pytest.approx(19_000 * 5)
    assert (customers.verdict, value.verdict) == (Verdict.MORE, Verdict.MORE)
    assert customers.estimate is customers.plain
    assert customers.adjusted is None
    low, high = customers.estimate.low, customers.estimate.high
    assert low is not None
    assert high is not None
    assert (customers.incremental_low, customers.incremental_high) == (19_000 * low, 19_000 * high)


@pytest.mark.parametrize(
    ("listed", "control", "mean", "customers", "value"),
    [
        (
            (5700, 19_000),
            (300, 1000),
            100,
            Verdict.NOT_DISTINGUISHABLE,
            Verdict.NOT_DISTINGUISHABLE,
        ),
        ((4500, 19_000), (300, 1000), 100, Verdict.LESS, Verdict.LESS),
        ((5700, 19_000), (300, 1000), 200, Verdict.NOT_DISTINGUISHABLE, Verdict.MORE),
        # Few bought: who bought is still told, by Newcombe and Fisher; for how much is not.
        ((1900, 19_000), (49, 1000), 100, Verdict.MORE, Verdict.TOO_SMALL),
        ((40, 19_000), (2, 1000), 100, Verdict.TOO_SMALL, Verdict.TOO_SMALL),
        ((0, 19_000), (0, 1000), 100, Verdict.TOO_SMALL, Verdict.TOO_SMALL),
        ((19_000, 19_000), (1000, 1000), 100, Verdict.TOO_SMALL, Verdict.NOT_DISTINGUISHABLE),
        ((19_000, 19_000), (900, 1000), 100, Verdict.MORE, Verdict.MORE),
        ((0, 0), (0, 0), 100, Verdict.TOO_SMALL, Verdict.TOO_SMALL),
        ((10, 19), (0, 1), 100, Verdict.TOO_SMALL, Verdict.TOO_SMALL),
        ((10, 20), (0, 0), 100, Verdict.TOO_SMALL, Verdict.TOO_SMALL),
        ((5700, 19_000), (200, 800), 100, Verdict.NOT_AS_DRAWN, Verdict.NOT_AS_DRAWN),
    ],
)
def test_verdicts(
    listed: tuple[int, int],
    control: tuple[int, int],
    mean: int,
    customers: Verdict,
    value: Verdict,
) -> None:
    result = action(listed, control, mean)
    assert (only(result).verdict, only(result, "value").verdict) == (customers, value)


def test_few_buyers_have_newcombes_interval_and_their_value_has_none() -> None:
    result = action((1900, 19_000), (49, 1000))
    customers, value = only(result), only(result, "value")
    assert customers.estimate.method == "newcombe"
    assert customers.plain.method == "welch"
    assert customers.detectable is not None
    assert value.estimate == Estimate(difference=value.plain.difference)
    assert value.incremental == pytest.approx(19_000 * (10 - 4.9))
    assert (value.incremental_low, value.detectable) == (None, None)
    assert value.plain.low is not None


def test_groups_that_are_not_as_drawn_give_no_figures_to_use() -> None:
    result = action((5700, 19_000), (200, 800), cost=Decimal(100), margin=Decimal("0.5"))
    assert result.ratio.expected_control == pytest.approx(990)
    for measure in result.measures.values():
        assert measure.verdict is Verdict.NOT_AS_DRAWN
        assert (measure.incremental, measure.incremental_low, measure.incremental_high) == (
            None,
            None,
            None,
        )
        assert measure.estimate.difference is not None
    returned = result.return_on_cost
    assert (returned.value, returned.margin) == (None, None)


def test_the_adjusted_estimate_counts_where_there_is_one() -> None:
    def with_before(customers: int, ahead: int) -> Sums:
        """Half bought for 100, having bought for 90 before, half for nothing, having for 10."""
        half = customers // 2
        return Sums.of(
            customers, half * (100 + ahead), half * (100 + ahead) ** 2,
            half * 100, half * (8100 + 100), half * (100 + ahead) * 90,
        )  # fmt: skip

    groups = Groups(with_before(19_000, 0), with_before(1000, 0))
    more = Groups(with_before(19_000, 4), with_before(1000, 0))
    buyers = Groups(bought(9500, 19_000), bought(500, 1000))
    sums: dict[Measure, Strata] = {"customers": {"": buyers}, "value": {"": groups}}
    assert only(action_result(sums, SHARE, RULES), "value").adjusted is not None
    found = only(action_result({**sums, "value": {"": more}}, SHARE, RULES), "value")
    assert found.adjusted is not None
    assert found.estimate is found.adjusted.estimate
    adjusted_error, plain_error = found.estimate.standard_error, found.plain.standard_error
    assert adjusted_error is not None
    assert plain_error is not None
    assert adjusted_error < plain_error / 10
    assert (found.plain.p_value or 0) > 0.05
    assert found.verdict is Verdict.MORE
    assert found.incremental == pytest.approx(19_000 * 2)


def test_return_on_cost() -> None:
    cost, margin = Decimal("9500.00"), Decimal("0.40")
    result = action((5700, 19_000), (250, 1000), cost=cost, margin=margin)
    returned = result.return_on_cost
    # 95,000 of value for 9,500; of it 38,000 margin, which is 28,500 more than the cost.
    assert returned.cost == cost
    assert returned.value == pytest.approx(10)
    assert returned.margin == pytest.approx(3)
    assert only(result, "margin").verdict is only(result, "value").verdict


def test_return_on_cost_needs_cost_and_margin() -> None:
    assert action((5700, 19_000), (250, 1000), margin=Decimal(1)).return_on_cost.margin is None
    without_margin = action((5700, 19_000), (250, 1000), cost=Decimal(1)).return_on_cost
    assert without_margin.value == pytest.approx(95_000)
    assert without_margin.margin is None
    of_nobody = action((0, 0), (0, 0), cost=Decimal(1), margin=Decimal(1)).return_on_cost
    assert (of_nobody.value, of_nobody.margin) == (None, None)


def test_margins_that_spark_adds_up_are_taken_as_they_are() -> None:
    groups = {"": Groups(spent(5700, 19_000, 20), spent(250, 1000, 20))}
    buyers = {"": Groups(bought(5700, 19_000), bought(250, 1000))}
    result = action_result({"customers": buyers, "margin": groups}, SHARE, RULES, cost=Decimal(100))
    assert result.return_on_cost.margin == pytest.approx((19_000 * 1 - 100) / 100)
    assert result.return_on_cost.value is None


@pytest.mark.parametrize(
    ("p_value", "difference", "detectable", "control_mean", "expected"),
    [
        (None, 1.0, 1.0, 1.0, Verdict.TOO_SMALL),
        (0.04, None, 1.0, 1.0, Verdict.TOO_SMALL),
        (0.049, 1.0, 9.0, 1.0, Verdict.MORE),
        (0.049, -1.0, 9.0, 1.0, Verdict.LESS),
        (0.05, 1.0, 1.0, 1.0, Verdict.NOT_DISTINGUISHABLE),
        (0.05, 1.0, 1.0, -1.0, Verdict.NOT_DISTINGUISHABLE),
        (0.05, 1.0, 1.01, 1.0, Verdict.TOO_SMALL),
        (0.05, 1.0, None, 1.0, Verdict.TOO_SMALL),
        (0.05, 1.0, 1.0, None, Verdict.TOO_SMALL),
        (0.05, 1.0, 0.1, 0.0, Verdict.TOO_SMALL),
    ],
)
def test_what_may_be_concluded(
    p_value: float | None,
    difference: float | None,
    detectable: float | None,
    control_mean: float | None,
    expected: Verdict,
) -> None:
    estimate = Estimate(difference=difference)
    assert verdict(estimate, p_value, detectable, control_mean, CONFIDENCE) is expected


def test_actions_judged_together_need_more_to_convince() -> None:
    results = {
        "good": action((5700, 19_000), (250, 1000)),
        "near": action((5700, 19_000), (270, 1000)),
        "none": action((5700, 19_000), (300, 1000)),
        "odd": action((5700, 19_000), (200, 800)),
        "few": action((10, 20), (0, 0)),
    }
    judged_by: dict[str, Measure] = dict.fromkeys(results, "customers")
    alone = only(results["near"])
    assert alone.verdict is Verdict.MORE
    assert 0.025 < (alone.estimate.p_value or 0) < 0.05
    found = judged_together("november", "holm", results, judged_by)
    assert [only(each).verdict for each in found.values()] == [
        Verdict.MORE,
        Verdict.NOT_DISTINGUISHABLE,
        Verdict.NOT_DISTINGUISHABLE,
        Verdict.NOT_AS_DRAWN,
        Verdict.TOO_SMALL,
    ]
    family = found["near"].family
    assert family is not None
    assert (family.name, family.tests) == ("november", 3)
    assert only(found["near"]).corrected_p == pytest.approx(2 * (alone.estimate.p_value or 0))
    assert (only(found["odd"]).corrected_p, only(found["few"]).corrected_p) == (None, None)
    # Nothing but the measure that it is judged by is judged anew.
    assert only(found["near"], "value") == only(results["near"], "value")
    assert judged_together("nothing", "holm", {}, {}) == {}


def test_a_campaign_is_the_sum_of_its_actions() -> None:
    one = only(action((5700, 19_000), (250, 1000)))
    given = [
        replace(one, incremental=100.0, incremental_low=70.0, incremental_high=140.0),
        replace(one, incremental=-20.0, incremental_low=-60.0, incremental_high=10.0),
    ]
    found = total(given)
    # 30² + 40² below, 40² + 30² above
    assert (found.incremental, found.low, found.high) == (80, 30, 130)
    assert (found.actions, found.left_out) == (2, 0)
    odd = replace(one, incremental=None, incremental_low=None, incremental_high=None)
    assert total([*given, odd]) == replace(found, left_out=1)
    open_ended = replace(one, incremental=1.0, incremental_low=None, incremental_high=None)
    with_open = total([*given, open_ended])
    assert (with_open.incremental, with_open.low, with_open.high) == (81, None, None)
    assert total([odd]).incremental is None
    assert total([]).actions == 0


# --- What is said ---------------------------------------------------------------------------------


def places(text: Any) -> Any:
    """The same tree with each text as the places it has."""
    if isinstance(text, dict):
        return {key: places(each) for key, each in text.items()}
    if isinstance(text, list):
        return [places(each) for each in text]
    return set(re.findall(r"\{(\w+)\}", text))


def test_both_languages_say_the_same() -> None:
    assert places(TEXTS["en"]) == places(TEXTS["pt-BR"])
    assert set(TEXTS["en"]["amounts"]) == set(Measure.__args__)  # type: ignore[attr-defined]
    assert set(TEXTS["en"]) == {"action", "activation", "family", "amounts"}
    for judged in ("action", "activation"):
        assert {each.value for each in Verdict} | {"too_few"} == set(TEXTS["en"][judged])


SAID: list[tuple[tuple[tuple[int, int], tuple[int, int]], Measure, str, str]] = [
    (
        ((5700, 19_000), (250, 1000)),
        "value",
        """The action worked: it brought in 95,000.00 of sales that would not have come without it,
        and with 95% confidence between 42,094.31 and 147,905.69.""",
        """A ação funcionou: trouxe 95.000,00 em vendas que sem ela não teriam vindo, com 95% de
        confiança entre 42.094,31 e 147.905,69.""",
    ),
    (
        ((4500, 19_000), (300, 1000)),
        "customers",
        """The action did harm: the difference it made is −1,200 customers who bought, and with 95%
        confidence between −1,753 and −647.""",
        """A ação prejudicou: a diferença que fez é de −1.200 clientes que compraram, com 95% de
        confiança entre −1.753 e −647.""",
    ),
    (
        ((5719, 19_000), (301, 1000)),
        "customers",
        """It cannot be said that the action had any effect: the difference is 0 customers who
        bought, with 95% confidence between −555 and 555, and chance explains it. An effect of 793
        customers who bought would have been found in four of five such actions; a smaller one may
        be there.""",
        """Não se pode dizer que a ação teve efeito: a diferença é de 0 clientes que compraram, com
        95% de confiança entre −555 e 555, e o acaso a explica. Um efeito de 793 clientes que
        compraram teria sido percebido em quatro de cada cinco ações assim; um menor pode
        existir.""",
    ),
    (
        ((39, 19_000), (2, 1000)),
        "customers",
        """The groups are too small to tell: the difference is 1 customer who bought, with 95%
        confidence between −100 and 32, and only an effect of 78 customers who bought would have
        been found in four of five such actions, where without the action the list would have had
        about 38 customers who bought.""",
        """Os grupos são pequenos demais para dizer: a diferença é de 1 cliente que comprou, com 95%
        de confiança entre −100 e 32, e só um efeito de 78 clientes que compraram teria sido
        percebido em quatro de cada cinco ações assim, quando sem a ação a lista teria cerca de 38
        clientes que compraram.""",
    ),
    (
        ((1900, 19_000), (49, 1000)),
        "value",
        """Nothing can be told: 1,900 of the 19,000 customers on the list bought, and 49 of the
        1,000 in the control, which leaves too few to compare.""",
        """Nada se pode dizer: compraram 1.900 dos 19.000 clientes da lista e 49 dos 1.000 do
        controle, o que deixa poucos demais para comparar.""",
    ),
    (
        ((0, 0), (0, 0)),
        "customers",
        """Nothing can be told: 0 of the 0 customers on the list bought, and 0 of the 0 in the
        control, which leaves too few to compare.""",
        """Nada se pode dizer: compraram 0 dos 0 clientes da lista e 0 dos 0 do controle, o que
        deixa poucos demais para comparar.""",
    ),
    (
        ((5700, 19_000), (200, 800)),
        "value",
        """Nothing can be concluded: 800 of 19,800 customers are in the control, where about 990
        were to be drawn, and chance alone does that in less than 0.1% of actions. List and control
        may differ in more than the action; find out why before using any figure.""",
        """Nada se pode concluir: 800 de 19.800 clientes estão no controle, quando se deviam sortear
        cerca de 990, e o acaso sozinho faz isso em menos de 0,1% das ações. Lista e controle podem
        diferir em mais do que a ação; descubra o motivo antes de usar qualquer número.""",
    ),
]


@pytest.mark.parametrize(("groups", "measure", "english", "portuguese"), SAID)
def test_what_is_said(
    groups: tuple[tuple[int, int], tuple[int, int]],
    measure: Measure,
    english: str,
    portuguese: str,
) -> None:
    result = action(*groups)
    assert conclusion(result, measure, "en") == " ".join(english.split())
    assert conclusion(result, measure, "pt-BR") == " ".join(portuguese.split())


def test_what_is_said_of_activation_as_a_whole() -> None:
    result = action((5719, 19_000), (301, 1000))
    english = conclusion(result, "customers", "en", of="activation")
    assert english.startswith(
        "It cannot be said that the actions of the last 12 months had any effect"
    )
    assert "of 793 customers who bought would have been found in four of five such years" in english
    portuguese = conclusion(result, "customers", "pt-BR", of="activation")
    assert "793 clientes que compraram teria sido percebido em quatro de cada cinco" in portuguese


def test_a_family_is_said() -> None:
    results = {"a": action((5700, 19_000), (250, 1000)), "b": action((5700, 19_000), (300, 1000))}
    judged_by: dict[str, Measure] = dict.fromkeys(results, "value")
    result = judged_together("november", "holm", results, judged_by)["a"]
    assert conclusion(result, "value", "en").endswith(". Corrected for 2 actions judged together.")
    assert conclusion(result, "value", "pt-BR").endswith(
        ". Corrigido para 2 ações julgadas em conjunto."
    )
    assert "Corrected" not in conclusion(result, "customers", "en")
