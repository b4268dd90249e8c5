"""Files of campaigns: what they may hold, and what an error says. Nothing here starts Spark."""

from __future__ import annotations

import itertools
import re
import subprocess
import sys
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import yaml
from pyspark.sql import Row

from jobs.activation.actions import refuse_late_list
from jobs.activation.listing import limits_of
from jobs.activation.measuring import refuse_unmeasured
from jobs.campaigns.campaign_settings import Control, Cost, Declared, LoneAction, load_actions
from jobs.campaigns.section import Campaigns, ContactLimit
from jobs.campaigns.states import MOVES, State, ended, moved
from jobs.errors import SettingsError, UsageError
from jobs.search_settings import FilterSettings
from jobs.yaml_models import checked
from transforms.campaign_lists import Limit
from transforms.periods import Period
from transforms.search import FOUND

ROOT = Path(__file__).parent.parent
PAGE = ROOT / "docs" / "campaigns.md"
ACTION: dict[str, Any] = {
    "code": "lapsed-2026-11",
    "title": "Lapsed, November",
    "channel": "email",
    "message": "We miss you",
    "valid_from": date(2026, 11, 20),
    "valid_to": date(2026, 11, 30),
    "filters": {"last_purchase": {"from": date(2025, 1, 1), "to": date(2025, 12, 31)}},
}
ALONE = {**ACTION, "objective": "relationship"}
CAMPAIGN: dict[str, Any] = {
    "code": "christmas-2026",
    "title": "Christmas",
    "objective": "sales",
    "actions": [ACTION, {**ACTION, "code": "second", "valid_to": date(2026, 12, 24)}],
}


def written(folder: Path, content: Any, name: str = "campaign.yaml") -> Path:
    file = folder / name
    file.write_text(yaml.safe_dump(content), encoding="utf-8")
    return file


def alone(folder: Path, **changed: Any) -> LoneAction:
    file = written(folder, {"action": {**ALONE, **changed}})
    (declared,) = load_actions([file]).values()
    assert isinstance(declared.action, LoneAction)
    return declared.action


def errors(*files: Path) -> list[str]:
    with pytest.raises(SettingsError) as refused:
        load_actions(files)
    return str(refused.value).split("\n")


def error(folder: Path, **changed: Any) -> str:
    """What is said of an action that stands alone, without its file."""
    file = written(folder, {"action": {**ALONE, **changed}})
    (line,) = errors(file)
    return line.removeprefix(f"{file}: ")


def test_an_action_that_stands_alone_has_these_defaults(tmp_path: Path) -> None:
    file = written(tmp_path, {"action": ALONE})
    (declared,) = load_actions([file]).values()
    action = declared.action
    assert (declared.objective, declared.media, declared.campaign) == ("relationship", (), None)
    assert declared.file == str(file)
    assert action.columns == FOUND
    assert action.control == Control(share=None, stratify_by=())
    assert (action.offer, action.cost, action.margin, action.goals) == (None, None, None, None)
    assert (action.not_in_running_actions, action.contacted_within) == (False, None)
    assert action.filters.wanted.last_purchase == (date(2025, 1, 1), date(2025, 12, 31))


def test_actions_of_a_campaign_have_its_objective_and_media(tmp_path: Path) -> None:
    campaign = {**CAMPAIGN, "media": ["TV", "e-mail"], "goals": {"customers": 10}}
    declared = load_actions([written(tmp_path, {"campaign": campaign})])
    assert list(declared) == ["lapsed-2026-11", "second"]
    first = declared["lapsed-2026-11"]
    assert (first.objective, first.media) == ("sales", ("TV", "e-mail"))
    assert first.campaign is not None
    assert first.campaign.goals is not None
    assert (first.campaign.goals.customers, first.campaign.goals.value) == (10, None)
    assert first.campaign.period == (date(2026, 11, 20), date(2026, 12, 24))


@pytest.mark.parametrize(
    ("objective", "measure"),
    [("image", "customers"), ("relationship", "customers"), ("sales", "value")],
)
def test_the_objective_fixes_what_an_action_is_judged_by(
    tmp_path: Path, objective: str, measure: str
) -> None:
    file = written(tmp_path, {"action": {**ALONE, "objective": objective}})
    assert load_actions([file])["lapsed-2026-11"].judged_by == measure


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ({}, "file: must hold one key, campaign or action, and holds 0"),
        ({"campaign": CAMPAIGN, "action": ALONE}, "file: must hold one key, campaign or action,"),
        ({"campain": CAMPAIGN}, "campain: unknown key; did you mean 'campaign'?"),
        ({"action": ACTION}, "action.objective: Field required"),
        ({"action": [ALONE]}, "action: "),
        ({"campaign": {**CAMPAIGN, "actions": []}}, "campaign.actions: "),
        ({"campaign": None}, "campaign: "),
        (
            {"campaign": {**CAMPAIGN, "actions": [{**ACTION, "objective": "sales"}]}},
            "campaign.actions.0.objective: unknown key",
        ),
        (
            {"campaign": {**CAMPAIGN, "actions": [ACTION, {**ACTION, "titel": "x"}]}},
            "campaign.actions.1.titel: unknown key; did you mean 'title'?",
        ),
    ],
)
def test_a_file_holds_one_campaign_or_one_action(tmp_path: Path, content: Any, said: str) -> None:
    file = written(tmp_path, content)
    assert errors(file)[0].startswith(f"{file}: {said}")


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"code": "Two Words"}, "action.code: String should match pattern"),
        ({"code": 2026}, "action.code: Input should be a valid string, found 2026"),
        ({"code": "a\n"}, "action.code: String should match pattern"),
        ({"title": "  "}, "action.title: "),
        ({"channel": "fax"}, "action.channel: Input should be 'email', 'sms'"),
        ({"channel": None}, "action.channel: "),
        ({"objective": "profit"}, "action.objective: Input should be 'image', "),
        ({"valid_to": date(2026, 11, 19)}, "action: valid_from (2026-11-20) lies after valid_to"),
        ({"valid_from": "soon"}, "action.valid_from: "),
        ({"filters": None}, "action.filters: "),
        ({"filters": {"birtday": {}}}, "action.filters.birtday: unknown key; did you mean 'birth"),
        ({"filters": {"sex": ""}}, "action.filters.sex: "),
        ({"columns": ["nome"]}, "action: columns names 'nome', which no list has; did you mean"),
        ({"control": {"share": 0}}, "action.control.share: Input should be greater than 0"),
        ({"control": {"share": 0.51}}, "action.control.share: Input should be less than or equal"),
        ({"control": {"share": True}}, "action.control.share: "),
        ({"control": {"stratify_by": ["sgment"]}}, "action.control.stratify_by.0: Input should"),
        (
            {"control": {"stratify_by": ["store", "store"]}},
            "action.control: stratify_by names one twice",
        ),
        ({"goals": {}}, "action.goals: goals must hold at least one of customers, purchases,"),
        ({"goals": {"customers": 1.5}}, "action.goals.customers: "),
        ({"goals": {"purchases": 0}}, "action.goals.purchases: "),
        ({"goals": {"value": 0}}, "action.goals.value: Input should be greater than 0"),
        ({"cost": {}}, "action.cost: cost must hold at least one of total, per_customer"),
        ({"cost": {"total": -1}}, "action.cost.total: Input should be greater than or equal to 0"),
        ({"cost": {"total": 0.00001}}, "action.cost.total: Decimal input should have no more"),
        ({"cost": {"total": True}}, "action.cost.total: "),
        ({"cost": {"total": float("nan")}}, "action.cost.total: "),
        (
            {"cost": {"total": 12345678901234.567}},
            "action.cost.total: 12345678901234.566 has more digits than YAML keeps of a number",
        ),
        ({"margin": 1.1}, "action.margin: Input should be less than or equal to 1"),
        ({"not_in_running_actions": "yes please"}, "action.not_in_running_actions: "),
    ],
)
def test_a_wrong_value_names_file_and_key(
    tmp_path: Path, changed: dict[str, Any], said: str
) -> None:
    assert error(tmp_path, **changed).startswith(said)


def test_filters_must_be_named_even_if_all_are_meant(tmp_path: Path) -> None:
    action = {name: value for name, value in ALONE.items() if name != "filters"}
    file = written(tmp_path, {"action": action})
    assert errors(file) == [f"{file}: action.filters: Field required"]
    assert alone(tmp_path, filters={}).filters == FilterSettings()


def test_every_error_of_every_file_is_said_at_once(tmp_path: Path) -> None:
    first = written(tmp_path, {"action": {**ALONE, "margin": 2, "channel": "fax"}}, "a.yaml")
    second = written(tmp_path, {"campaign": {**CAMPAIGN, "objective": "fun"}}, "b.yaml")
    third = tmp_path / "c.yaml"
    said = errors(first, second, third)
    assert [line.split(": ")[:2] for line in said] == [
        [str(first), "action.channel"],
        [str(first), "action.margin"],
        [str(second), "campaign.objective"],
        [str(third), "cannot be read (No such file or directory); check the path"],
    ]


def test_codes_are_taken_once_in_all_files(tmp_path: Path) -> None:
    files = [
        written(tmp_path, {"campaign": CAMPAIGN}, "a.yaml"),
        written(tmp_path, {"action": ALONE}, "b.yaml"),
        written(tmp_path, {"campaign": {**CAMPAIGN, "actions": [ACTION]}}, "c.yaml"),
    ]
    taken = f"is taken already, in {files[0]}; give every"
    assert errors(*files) == [
        f"{files[1]}: action.code: 'lapsed-2026-11' {taken} action a code of its own",
        f"{files[2]}: action.code: 'lapsed-2026-11' {taken} action a code of its own",
        f"{files[2]}: campaign.code: 'christmas-2026' {taken} campaign a code of its own",
    ]
    twice = written(tmp_path, {"campaign": {**CAMPAIGN, "actions": [ACTION, ACTION]}}, "d.yaml")
    assert errors(twice)[0].startswith(f"{twice}: action.code: 'lapsed-2026-11' is taken already")


def test_no_file_declares_nothing() -> None:
    assert load_actions([]) == {}


def test_money_is_exact(tmp_path: Path) -> None:
    action = alone(tmp_path, cost={"total": 0.1, "per_customer": "0.0350"}, goals={"value": 1e3})
    assert action.cost == Cost(total=Decimal("0.1"), per_customer=Decimal("0.0350"))
    assert str(action.cost.total) == "0.1"
    assert action.goals is not None
    assert action.goals.value == Decimal(1000)
    large = alone(tmp_path, cost={"total": "12345678901234.5678"}).cost
    assert large is not None
    assert large.of(10**9) == Decimal("12345678901234.5678")


@pytest.mark.parametrize(
    ("cost", "listed", "expected"),
    [
        ({"total": "100"}, 7, "100"),
        ({"per_customer": "0.035"}, 1000, "35.000"),
        ({"total": "100", "per_customer": "0.035"}, 1000, "135.000"),
        ({"per_customer": "0.035"}, 0, "0"),
    ],
)
def test_cost_is_once_and_per_customer(cost: dict[str, str], listed: int, expected: str) -> None:
    assert Cost.model_validate(cost).of(listed) == Decimal(expected)


@pytest.mark.parametrize("share", ["0.000001", "0.03", "0.05", "0.10", "0.5"])
def test_shares_of_the_control(tmp_path: Path, share: str) -> None:
    assert alone(tmp_path, control={"share": share}).control.share == Decimal(share)


@pytest.mark.parametrize(
    ("given", "expected"), [("none", "none"), ("14 days", Period(14, "days")), (None, None)]
)
def test_the_limits_of_the_settings_may_be_replaced(
    tmp_path: Path, given: str | None, expected: object
) -> None:
    assert alone(tmp_path, contacted_within=given).contacted_within == expected


def test_a_wait_that_is_none_is_refused(tmp_path: Path) -> None:
    file = written(tmp_path, {"action": {**ALONE, "contacted_within": "two weeks"}})
    said = errors(file)
    assert {line.split(": ")[1] for line in said} >= {"action.contacted_within"}
    assert any("'two weeks' is not a period: write e.g." in line for line in said)


@pytest.mark.parametrize(
    ("channel", "opt_out", "blocks"),
    [
        ("email", "email", ("campaign",)),
        ("sms", "sms", ("campaign",)),
        ("phone", "phone", ("campaign",)),
        ("whatsapp", "whatsapp", ("campaign",)),
        ("mail", "mail", ("campaign",)),
        ("conecta", None, ("campaign", "conecta")),
        ("boomerang", None, ("campaign", "boomerang")),
        ("in_store", None, ("campaign",)),
    ],
)
def test_what_bars_an_action(
    tmp_path: Path, channel: str, opt_out: str | None, blocks: tuple[str, ...]
) -> None:
    action = alone(tmp_path, channel=channel)
    assert (action.opt_out, action.barring_blocks) == (opt_out, blocks)


def test_states_follow_each_other_one_way() -> None:
    allowed = {
        ("draft", "listed"),
        ("draft", "given_up"),
        ("listed", "running"),
        ("listed", "given_up"),
        ("running", "closed"),
    }
    for now, to in itertools.product(State, State):
        if (now.value, to.value) in allowed:
            assert moved("a", now, to) is to
        else:
            with pytest.raises(UsageError, match=f"action a is {now.value} and cannot become"):
                moved("a", now, to)
    assert set(MOVES) == set(State)
    with pytest.raises(UsageError, match="it may become running or given_up"):
        moved("a", State.LISTED, State.DRAFT)
    for over in (State.CLOSED, State.GIVEN_UP):
        with pytest.raises(UsageError, match="it may become nothing else"):
            moved("a", over, State.DRAFT)


def test_who_closes_an_action_that_never_ran_gives_it_up() -> None:
    assert {each.value: ended(each).value for each in State} == {
        "draft": "given_up",
        "listed": "given_up",
        "running": "closed",
        # Neither may follow, so that both are refused.
        "closed": "closed",
        "given_up": "closed",
    }


@pytest.mark.parametrize(
    ("as_of", "is_refused"),
    [
        (date(2026, 11, 19), False),
        (date(2026, 11, 29), False),  # within the validity
        (date(2026, 11, 30), True),
        (date(2026, 12, 1), True),
    ],
)
def test_a_list_must_leave_a_day_to_be_measured(as_of: date, is_refused: bool) -> None:
    row = Row(action_code="a", valid_from=date(2026, 11, 20), valid_to=date(2026, 11, 30))
    if not is_refused:
        refuse_late_list(row, as_of)
        return
    said = f"action a is valid until 2026-11-30: a list as of {as_of} comes too late"
    with pytest.raises(UsageError, match=said):
        refuse_late_list(row, as_of)


@pytest.mark.parametrize(
    ("state", "as_of", "said"),
    [
        ("draft", 30, "is draft and valid from 2026-11-20: its return is measured from then on"),
        ("listed", 30, "is listed and valid from 2026-11-20: its return is measured from then on"),
        ("running", 19, "is running and valid from 2026-11-20: its return is measured from then"),
        ("closed", 19, "is closed and valid from 2026-11-20: its return is measured from then on"),
        ("given_up", 30, "was given up before anybody was contacted: it has no return"),
        ("running", 20, None),
        ("closed", 30, None),
    ],
)
def test_what_was_given_up_or_has_not_begun_has_no_return(
    state: str, as_of: int, said: str | None
) -> None:
    row = Row(action_code="a", state=state, valid_from=date(2026, 11, 20))
    if said is None:
        refuse_unmeasured(row, date(2026, 11, as_of))
        return
    with pytest.raises(UsageError, match=f"^action a {said}"):
        refuse_unmeasured(row, date(2026, 11, as_of))


SECTION: dict[str, Any] = {
    "control_share": 0.05,
    "contact_limits": {
        "overall": {"contacts": 4, "within": "30 days"},
        "by_channel": {"sms": {"contacts": 1, "within": "7 days"}},
    },
    "holdout": {"share": 0.01, "name": "holdout-2026"},
    "confidence": 0.95,
    "bootstrap_draws": 1000,
    "sample_ratio_p_below": 0.001,
}


def test_the_section_of_the_settings() -> None:
    section = checked(Campaigns, SECTION, {}, "base.yaml")
    assert section.control_share == Decimal("0.05")
    assert section.contact_limits.overall == ContactLimit(contacts=4, within=Period(30, "days"))
    assert set(section.contact_limits.by_channel) == {"sms"}
    assert section.holdout.share == Decimal("0.01")
    assert section.confidence == Decimal("0.95")


OVERALL, OF_SMS = Limit(4, Period(30, "days")), Limit(1, Period(7, "days"), "sms")


@pytest.mark.parametrize(
    ("channel", "within", "limits", "limits_of_channels_alone"),
    [
        ("email", None, [OVERALL], []),
        ("sms", None, [OVERALL, OF_SMS], [OF_SMS]),
        # What an action says itself stands for all limits of the settings, its channel's too.
        ("sms", "none", [], []),
        ("sms", "14 days", [Limit(1, Period(14, "days"))], [Limit(1, Period(14, "days"))]),
    ],
)
def test_the_limits_that_hold_for_an_action(
    tmp_path: Path,
    channel: str,
    within: str | None,
    limits: list[Limit],
    limits_of_channels_alone: list[Limit],
) -> None:
    action = alone(tmp_path, channel=channel, contacted_within=within)
    assert limits_of(checked(Campaigns, SECTION, {}, "base.yaml"), action) == limits
    without = {**SECTION, "contact_limits": {**SECTION["contact_limits"], "overall": None}}
    found = limits_of(checked(Campaigns, without, {}, "base.yaml"), action)
    assert found == limits_of_channels_alone


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"control_share": 0}, "control_share: Input should be greater than 0"),
        ({"confidence": 1}, "confidence: Input should be less than or equal to 0.999"),
        ({"confidence": 0.4}, "confidence: Input should be greater than or equal to 0.5"),
        ({"bootstrap_draws": 99}, "bootstrap_draws: "),
        ({"sample_ratio_p_below": 0.06}, "sample_ratio_p_below: "),
        ({"holdout": {"share": 0.6, "name": "a"}}, "holdout.share: "),
        ({"holdout": {"share": 0, "name": ""}}, "holdout.name: String should match"),
        ({"holdout": {"shar": 0, "share": 0, "name": "a"}}, "holdout.shar: unknown key; did you"),
        (
            {"contact_limits": {"overall": None, "by_channel": {"fax": {"contacts": 1}}}},
            "contact_limits.by_channel.fax: Input should be 'email'",
        ),
        (
            {"contact_limits": {"overall": {"contacts": 0, "within": "1 day"}, "by_channel": {}}},
            "contact_limits.overall.contacts: Input should be greater than or equal to 1",
        ),
    ],
)
def test_a_wrong_value_of_the_section_names_its_key(changed: dict[str, Any], said: str) -> None:
    with pytest.raises(SettingsError) as refused:
        checked(Campaigns, {**SECTION, **changed}, {}, "base.yaml")
    assert str(refused.value).startswith(f"base.yaml: {said}")


def test_declaring_needs_no_statistics() -> None:
    script = (
        "import sys, jobs.campaigns.campaign_settings, jobs.campaigns.section; "
        "print(sorted(each for each in ('scipy', 'pandas') if each in sys.modules))"
    )
    ran = subprocess.run(
        [sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert ran.stdout.strip() == "[]"


def test_the_files_that_the_page_shows_are_right(tmp_path: Path) -> None:
    shown = re.findall(r"```yaml\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)
    files = []
    for number, text in enumerate(shown):
        file = tmp_path / f"{number}.yaml"
        file.write_text(text, encoding="utf-8")
        files.append(file)
    declared = load_actions(files)
    assert {isinstance(each, Declared) for each in declared.values()} == {True}
    assert {each.campaign is None for each in declared.values()} == {True, False}
    named = set().union(*(each.action.model_fields_set for each in declared.values()))
    assert named == set(LoneAction.model_fields)
