"""Settings: defaults, layers, and what an error says. Nothing here starts Spark."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
from pydantic import ValidationError

from jobs.errors import SettingsError
from jobs.settings import load_settings
from transforms.periods import Period

GROCER = Path(__file__).parent.parent / "conf" / "overlays" / "grocer.yaml"


def overlay(folder: Path, text: str, name: str = "shop.yaml") -> Path:
    file = folder / name
    file.write_text(text, encoding="utf-8")
    return file


def errors(*overlays: Path, assignments: tuple[str, ...] = ()) -> list[str]:
    """The lines of the message with which settings are refused."""
    with pytest.raises(SettingsError) as refused:
        load_settings(overlays, assignments)
    return str(refused.value).split("\n")


def test_the_defaults_are_those_of_the_specification() -> None:
    defaults = load_settings()
    cycle, rfv = defaults.life_cycle, defaults.rfv
    assert defaults.network.time_zone == "America/Sao_Paulo"  # §1
    assert defaults.network.value_basis == "net"  # §2
    assert defaults.accounts.recent == Period(12, "months")  # §3
    assert (cycle.inactive_after, cycle.lost_after) == (Period(12, "months"), Period(36, "months"))
    assert (cycle.new_for, cycle.loyalty_process_for) == (Period(30, "days"), Period(180, "days"))
    assert (cycle.after_return, cycle.new_ends_on_second_purchase) == ("normal", False)  # §4
    assert (rfv.bands, rfv.scoring, rfv.top_share) == (20, "percent_rank", Decimal("0.20"))  # §5
    assert (rfv.top_ranking, rfv.fv_value, rfv.history) == ("weighted", "average_ticket", "all")
    assert defaults.pareto.abc_shares == (Decimal("0.80"), Decimal("0.95"))
    assert defaults.processing_calendar.every == "month-end"
    assert defaults.processing_calendar.start_before_first_run == Period(25, "months")
    assert defaults.allocation.routines == ("sales", "accounts", "registry", "store", "network")
    assert (defaults.allocation.last_purchases, defaults.allocation.on_tie) == (3, "narrow")  # §6
    ticket = defaults.indicators.thresholds["average_ticket"]
    assert (ticket.good_above, ticket.bad_below) == (Decimal(400), Decimal(250))  # §7
    assert defaults.campaigns.control_share == Decimal("0.05")  # §9


def test_the_sentinels_of_the_specification_are_in_the_defaults() -> None:
    generic = load_settings().ingest.generic_customer_codes
    assert {"CONSUMIDOR", "PADRAO", "0", "00000000000"} <= set(generic)


def test_settings_cannot_be_changed() -> None:
    settings = load_settings()
    with pytest.raises(ValidationError, match="frozen"):
        settings.rfv.bands = 5
    with pytest.raises(ValidationError, match="frozen"):
        settings.rfv = settings.rfv


def test_an_unknown_key_of_a_section_names_file_path_and_nearest_key(tmp_path: Path) -> None:
    file = overlay(tmp_path, "life_cycle:\n  inactive_aftr: 6 months\n")
    assert errors(file) == [
        f"{file}: life_cycle.inactive_aftr: unknown key; did you mean 'inactive_after'?"
    ]


def test_an_unknown_section_names_the_nearest_section(tmp_path: Path) -> None:
    file = overlay(tmp_path, "lifecycle:\n  inactive_after: 6 months\n")
    assert errors(file) == [f"{file}: lifecycle: unknown key; did you mean 'life_cycle'?"]


def test_an_unknown_key_deep_inside_names_its_whole_path(tmp_path: Path) -> None:
    text = "indicators: {thresholds: {average_ticket: {good_abve: 300}}}\n"
    file = overlay(tmp_path, text)
    key = "indicators.thresholds.average_ticket.good_abve"
    assert errors(file) == [f"{file}: {key}: unknown key; did you mean 'good_above'?"]


def test_an_unknown_key_on_the_command_line_is_said_to_come_from_there() -> None:
    assert errors(assignments=("life_cycle.new_fr=10 days",)) == [
        "--set: life_cycle.new_fr: unknown key; did you mean 'new_for'?"
    ]
    assert errors(assignments=("lakehouse.shema=sales",)) == [
        "--set: lakehouse.shema: unknown key; did you mean 'schema'?"
    ]


def test_every_error_is_named_at_once_each_with_its_own_file(tmp_path: Path) -> None:
    first = overlay(tmp_path, "rfv: {bandz: 5}\n", "first.yaml")
    second = overlay(tmp_path, "network: {value_basis: brutto}\n", "second.yaml")
    found = sorted(errors(first, second, assignments=("rfv.bands=0",)))
    assert len(found) == 3
    assert found[0].startswith("--set: rfv.bands: ")
    assert found[1] == f"{first}: rfv.bandz: unknown key; did you mean 'bands'?"
    assert found[2].startswith(f"{second}: network.value_basis: ")
    assert found[2].endswith("found 'brutto'")


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("rfv.bands", "many"),
        ("rfv.bands", "2.5"),
        ("rfv.bands", "true"),
        ("rfv.bands", "null"),
        ("rfv.weights", "[1, 1]"),
        ("rfv.top_share", "1.01"),
        ("rfv.scoring", "percentile"),
        ("network.time_zone", "America/Sao_Paolo"),
        ("network.value_basis", "[net]"),
        ("life_cycle", "5"),
        ("life_cycle.new_for", "30"),
        ("life_cycle.new_for", "a month"),
        ("life_cycle.new_for", "0 days"),
        ("life_cycle.new_for", "{count: -30, unit: days}"),
        ("life_cycle.new_ends_on_second_purchase", "perhaps"),
        ("ingest.earliest_business_day", "2020-02-30"),
        ("ingest.max_rejected_share", "-0.01"),
        ("ingest.generic_customer_codes", "CONSUMIDOR"),
        ("lakehouse.path", "5"),
        ("lakehouse.path", "''"),
        ("lakehouse.path", "' '"),
        ("lakehouse.lease_seconds", "0"),
        ("indicators.thresholds", "400"),
        ("indicators.evolution_months", "0"),
        ("indicators.evolution_months", "-1"),
    ],
)
def test_a_wrong_type_or_value_is_refused_by_the_name_of_its_key(key: str, value: str) -> None:
    found = errors(assignments=(f"{key}={value}",))
    assert all(line.startswith(f"--set: {key}") for line in found), found


def test_a_wrong_value_is_shown() -> None:
    [line] = errors(assignments=("rfv.bands=many",))
    assert line.endswith("found 'many'")
    [line] = errors(assignments=("network.time_zone=America/Sao_Paolo",))
    assert line == (
        "--set: network.time_zone: 'America/Sao_Paolo' is not a time zone; "
        "did you mean 'America/Sao_Paulo'?"
    )


@pytest.mark.parametrize(
    ("key", "value", "said"),
    [
        (
            "inactive_after",
            "40 months",
            "inactive_after (40 months) must be shorter than lost_after (36 months)",
        ),
        (
            "inactive_after",
            "36 months",
            "inactive_after (36 months) must be shorter than lost_after (36 months)",
        ),
        ("lost_after", "365 days", "inactive_after (12 months) must be shorter than lost_after"),
        ("new_for", "400 days", "new_for (400 days) must be shorter than inactive_after"),
        ("reactivated_for", "12 months", "reactivated_for (12 months) must be shorter than"),
        ("inactivation_risk_for", "13 months", "inactivation_risk_for (13 months) must be shorter"),
        ("loss_risk_for", "25 months", "loss_risk_for (25 months) must be shorter than"),
        ("recently_inactivated_for", "800 days", "recently_inactivated_for (800 days) must be"),
    ],
)
def test_reversed_or_overlapping_periods_of_the_life_cycle_are_refused(
    tmp_path: Path, key: str, value: str, said: str
) -> None:
    file = overlay(tmp_path, f"life_cycle:\n  {key}: {value}\n")
    [line] = errors(file)
    assert said in line


def test_weights_are_taken_in_lowest_terms() -> None:
    settings = load_settings([], ["rfv.weights=[0.5, 0.25, 0]"])
    assert settings.rfv.scoring_rules.weights == (2, 1, 0)


@pytest.mark.parametrize(
    ("weights", "said"),
    [
        ("[0, 0, 0]", "weights must not be negative, and one of them must be positive"),
        ("[2, -1, 0]", "weights must not be negative, and one of them must be positive"),
        (
            "[1, 1, 0.000000001]",
            "weights are too fine: in whole numbers their sum passes 100,000,000",
        ),
    ],
)
def test_weights_that_order_nobody_are_refused(weights: str, said: str) -> None:
    assert errors(assignments=(f"rfv.weights={weights}",)) == [f"--set: rfv: {said}"]


def test_an_error_about_a_whole_section_names_the_file_that_caused_it(tmp_path: Path) -> None:
    file = overlay(tmp_path, "life_cycle: {inactive_after: 40 months}\n")
    said = "inactive_after (40 months) must be shorter than lost_after (36 months)"
    assert errors(file) == [f"{file}: life_cycle: {said}"]
    assert errors(assignments=("pareto.abc_shares=[0.95, 0.80]",)) == [
        "--set: pareto: abc_shares must rise: the share of A, then that of A and B together"
    ]


def test_other_rules_between_keys() -> None:
    reversed_days = (
        "ingest.earliest_business_day=2020-01-02",
        "ingest.latest_business_day=2020-01-01",
    )
    [line] = errors(assignments=reversed_days)
    assert "earliest_business_day lies after latest_business_day" in line
    [line] = errors(assignments=("rfv.value_cuts=[10, 10]",))
    assert "value_cuts must rise" in line
    [line] = errors(assignments=("rfv.scoring=fixed", "rfv.bands=3"))
    assert "recency_cuts needs 2 cuts for 3 bands" in line
    [line] = errors(assignments=("allocation.routines=[sales, network, sales]",))
    assert "routines names one twice" in line
    [line] = errors(assignments=("indicators.weekly_up_to_days=15",))
    assert "must rise" in line


def test_duplicates_are_not_merged_before_they_are_found() -> None:
    below = ("duplicates.propose_from=0.9", "duplicates.merge_from=0.899999")
    said = "merge_from (0.899999) lies below propose_from (0.9): what is merged must be found first"
    assert errors(assignments=below) == [f"--set: duplicates: {said}"]
    equal = load_settings((), ("duplicates.propose_from=0.9", "duplicates.merge_from=0.9"))
    assert equal.duplicates.merge_from == Decimal("0.9")
    # Never is not below anything.
    assert load_settings((), ("duplicates.merge_from=null",)).duplicates.merge_from is None


def test_a_catalog_needs_a_schema_and_a_schema_a_catalog() -> None:
    for half in ("catalog", "schema"):
        [line] = errors(assignments=(f"lakehouse.{half}=main",))
        assert "catalog and schema go together" in line
    lakehouse = load_settings((), ("lakehouse.catalog=main", "lakehouse.schema=retail")).lakehouse
    assert (lakehouse.catalog, lakehouse.schema_) == ("main", "retail")


def test_later_layers_win_and_leave_the_rest_alone(tmp_path: Path) -> None:
    first = overlay(tmp_path, "rfv: {bands: 5, top_share: 0.1}\n", "first.yaml")
    second = overlay(tmp_path, "rfv: {bands: 4}\npareto: {value_share: 0.7}\n", "second.yaml")
    both = load_settings((first, second))
    assert (both.rfv.bands, both.rfv.top_share) == (4, Decimal("0.1"))
    assert (both.pareto.value_share, both.rfv.scoring) == (Decimal("0.7"), "percent_rank")
    assert load_settings((second, first)).rfv.bands == 5
    assert load_settings((first, second), ("rfv.bands=3", "rfv.bands=2")).rfv.bands == 2
    assert load_settings().rfv.bands == 20


def test_a_layer_changes_one_threshold_and_replaces_a_whole_list(tmp_path: Path) -> None:
    text = (
        "indicators: {thresholds: {average_ticket: {bad_below: 100}}}\n"
        "ingest: {generic_customer_codes: [BALCAO]}\n"
    )
    settings = load_settings((overlay(tmp_path, text),))
    ticket = settings.indicators.thresholds["average_ticket"]
    assert (ticket.good_above, ticket.bad_below) == (Decimal(400), Decimal(100))
    assert settings.ingest.generic_customer_codes == ("BALCAO",)


def test_a_single_assignment_holds_any_yaml_value() -> None:
    given = (
        "life_cycle.new_for=45 days",
        "ingest.earliest_business_day=2001-02-03",
        "rfv.weights=[2, 1, 0.5]",
        "lakehouse.path=a=b",
        "allocation.default_store=null",
        "rfv.history=12 months",
    )
    settings = load_settings((), given)
    assert settings.life_cycle.new_for == Period(45, "days")
    assert settings.ingest.earliest_business_day == date(2001, 2, 3)
    assert settings.rfv.weights == (Decimal(2), Decimal(1), Decimal("0.5"))
    assert settings.lakehouse.path == "a=b"
    assert settings.allocation.default_store is None
    assert settings.rfv.history == Period(12, "months")


@pytest.mark.parametrize("given", ["rfv.bands", "=5", " =5"])
def test_an_assignment_without_key_or_value_says_how_to_write_one(given: str) -> None:
    assert errors(assignments=(given,)) == [f"--set {given}: write section.key=value"]


def test_an_assignment_that_is_not_yaml_is_refused_by_its_key() -> None:
    [line] = errors(assignments=("rfv.weights=[1, 2",))
    assert "rfv.weights" in line


def test_the_grocers_overlay_fits_the_settings() -> None:
    settings = load_settings((GROCER,))
    assert settings.life_cycle.inactive_after == Period(60, "days")
    assert settings.life_cycle.after_return == "normal"


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    file = tmp_path / "nowhere.yaml"
    [line] = errors(file)
    assert line.startswith(f"{file}: cannot be read (No such file")


@pytest.mark.parametrize("text", ["rfv: [1, 2\n", "a: b: c\n", "\trfv: 1\n"])
def test_a_file_that_is_not_yaml_is_named(tmp_path: Path, text: str) -> None:
    file = overlay(tmp_path, text)
    [line] = errors(file)
    assert line.startswith(f"{file}: is not YAML in UTF-8: ")


def test_a_day_that_no_calendar_has_is_refused_by_the_name_of_its_file(tmp_path: Path) -> None:
    file = overlay(tmp_path, "ingest:\n  earliest_business_day: 2020-02-30\n")
    [line] = errors(file)
    assert line.startswith(f"{file}: ")


def test_a_file_in_another_encoding_is_named(tmp_path: Path) -> None:
    file = tmp_path / "latin.yaml"
    file.write_bytes("allocation: {default_store: São João}\n".encode("latin-1"))
    [line] = errors(file)
    assert line.startswith(f"{file}: is not YAML in UTF-8: ")


@pytest.mark.parametrize("text", ["", "- rfv\n", "just words\n", "5\n"])
def test_a_file_without_keys_and_values_is_refused(tmp_path: Path, text: str) -> None:
    file = overlay(tmp_path, text)
    [line] = errors(file)
    assert line.startswith(f"{file}: must hold keys and values")
