"""Made-up campaigns of a report, without Spark."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from decimal import Decimal

from jobs.activation.results_rows import Judged
from jobs.campaigns.campaign_settings import Declared, Measure, declared_in
from jobs.campaigns.results import ActionResult, Rules, action_result, judged_together
from jobs.campaigns.sums import Groups, Strata, Sums
from jobs.report.campaign_reading import ActionFigures, Activation, CampaignFigures

FIRST, LAST = date(2025, 12, 1), date(2026, 1, 15)
NASTY = "<b>&\"'</script> ../x"
SHARE = Decimal("0.05")
RULES = Rules(Decimal("0.95"), Decimal("0.001"))


def result(listed: tuple[int, int], control: tuple[int, int]) -> ActionResult:
    """Groups of so many buyers of so many customers, who bought once for 90 or 110 each."""

    def groups(amount: int, spread: int) -> Groups:
        return Groups(
            *(
                Sums.of(customers, buyers * amount, buyers * (amount**2 + spread))
                for buyers, customers in (listed, control)
            )
        )

    sums: dict[Measure, Strata] = {
        "customers": {"": groups(1, 0)},
        "purchases": {"": groups(1, 0)},
        "quantity": {"": groups(2, 0)},
        "value": {"": groups(100, 100)},
    }
    return action_result(sums, SHARE, RULES, margin=Decimal("0.4"))


def activation(segments: Sequence[str] = ("new", "loss_risk")) -> Activation:
    """A campaign of two actions, one of which has too few, an action alone, and a holdout."""
    mail, store = campaign()
    results = {
        "x-mail": result((5700, 19_000), (250, 1000)),
        "x-store": result((39, 190), (2, 10)),
    }
    judged_by: dict[str, Measure] = dict.fromkeys(results, "value")
    told = judged_together("x", "holm", results, judged_by)
    actions = [
        figures(mail, told["x-mail"], segments),
        figures(store, told["x-store"], segments),
    ]
    assert mail.campaign
    whole = CampaignFigures("x", mail.campaign.title, True, mail.campaign.goals, actions)
    (alone,) = declared_in(
        {"action": {**_action("lone", "phone"), "objective": "relationship"}}, "lone.yaml"
    )
    lone = figures(alone, result((0, 0), (0, 0)), ())
    return Activation(
        [whole, CampaignFigures("lone", "Alone", False, None, [lone])],
        {"h1": result((57_190, 190_000), (3010, 10_000))},
    )


def campaign() -> list[Declared]:
    """A campaign whose titles are markup; of its actions one has goals of its own."""
    content = {
        "code": "x",
        "title": NASTY,
        "objective": "sales",
        "goals": {"customers": 6000, "value": "573900.00"},
        "actions": [
            {**_action("x-mail", "email"), "goals": {"customers": 5000}},
            _action("x-store", "in_store"),
        ],
    }
    return declared_in({"campaign": content}, "x.yaml")


def figures(declared: Declared, found: ActionResult, segments: Sequence[str]) -> ActionFigures:
    """An action with parts alike, but for a store with nobody held back."""
    alike = result((5700, 19_000), (250, 1000))
    parts = [
        *(Judged(declared, "segment", each, alike) for each in segments),
        Judged(declared, "store", "01", alike),
        Judged(declared, "store", "", result((10, 20), (0, 0))),
    ]
    days = [
        (FIRST + timedelta(days=each), result((190 * each, 19_000), (8 * each, 1000)))
        for each in range(31)
    ]
    measure = declared.judged_by
    curve = [(day, each.measures[measure]) for day, each in days]
    return ActionFigures(Judged(declared, "action", "", found), parts, curve)


def _action(code: str, channel: str) -> dict[str, object]:
    return {
        "code": code,
        "title": f"Action {code}",
        "channel": channel,
        "message": "m",
        "valid_from": FIRST,
        "valid_to": LAST,
        "filters": {},
    }
