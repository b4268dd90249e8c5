"""What holds of a person: corrections, consent and blocks against what is received, by hand."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from chispa import assert_df_equality
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F

from schemas import TABLES
from transforms.consent import (
    consent_said_by_registry,
    consents,
    opt_outs,
    said_of_all_ids,
    with_consents,
)
from transforms.person_history import as_said, blocks, persons

ANA, BIA, EVA, IDA = 1, 2, 3, 4
MAY, JUNE, JULY = datetime(2025, 5, 1), datetime(2025, 6, 1), datetime(2025, 7, 1)


def received(spark: SparkSession, *rows: dict[str, Any]) -> DataFrame:
    return given(spark, "persons_received", rows)


def history(spark: SparkSession, *rows: dict[str, Any]) -> DataFrame:
    return given(spark, "person_history", rows)


def given(spark: SparkSession, table: str, rows: Any) -> DataFrame:
    names = TABLES[table].column_names
    values = [tuple(row.get(name) for name in names) for row in rows]
    return spark.createDataFrame(values, TABLES[table].ddl.replace(" NOT NULL", ""))


def said(
    kind: str, whom: int, field: str, sequence: int = 1, position: int = 1, **more: Any
) -> dict[str, Any]:
    return {
        "kind": kind,
        "customer_id": whom,
        "field": field,
        "sequence": sequence,
        "position": position,
        "said_at": MAY,
        "said_by": "sac",
        "why": "asked",
        **more,
    }


def corrected(whom: int, field: str, old: str | None, new: str, **more: Any) -> dict[str, Any]:
    return said("correct", whom, field, old_value=old, new_value=new, **more)


def held(frame: DataFrame, *columns: str) -> list[tuple[Any, ...]]:
    return [tuple(row) for row in frame.orderBy("customer_id").select(*columns).collect()]


def test_a_correction_outlives_the_value_that_it_corrected_and_yields_to_news(
    spark: SparkSession,
) -> None:
    rows = received(
        spark,
        {"customer_id": ANA, "email": "ana@exmaple.com"},  # the old one, delivered again
        {"customer_id": BIA, "email": "bia@new.example"},  # neither old nor corrected: news
        {"customer_id": EVA, "email": None},  # the source is silent
        {"customer_id": IDA, "email": "ida@example.com"},  # nobody said anything
    )
    told = history(
        spark,
        *(
            corrected(whom, "email", "ana@exmaple.com", "ana@example.com")
            for whom in (ANA, BIA, EVA)
        ),
    )
    assert held(as_said(rows, told), "customer_id", "email") == [
        (ANA, "ana@example.com"),
        (BIA, "bia@new.example"),
        (EVA, "ana@example.com"),
        (IDA, "ida@example.com"),
    ]


def test_the_newest_correction_stands_whichever_old_value_is_delivered(
    spark: SparkSession,
) -> None:
    told = history(
        spark,
        corrected(ANA, "mobile", "1", "2", said_at=MAY),
        corrected(ANA, "mobile", "2", "3", said_at=JUNE),
        # Of the same instant the later publication counts, then the later place in it.
        corrected(BIA, "mobile", "1", "2", said_at=JUNE, sequence=2, position=2),
        corrected(BIA, "mobile", "1", "9", said_at=JUNE, sequence=2, position=1),
        corrected(BIA, "mobile", "1", "8", said_at=JUNE, sequence=1, position=3),
        # What bears no time is older than all that does; and back to the first value is a value.
        corrected(EVA, "mobile", "5", "4", said_at=None, sequence=9),
        corrected(EVA, "mobile", "4", "5", said_at=MAY),
    )
    for delivered, expected in (
        ("1", ["3", "2", "1"]),
        ("2", ["3", "2", "2"]),
        ("3", ["3", "3", "3"]),
        ("7", ["7", "7", "7"]),
        (None, ["3", "2", "5"]),
    ):
        rows = received(
            spark, *({"customer_id": each, "mobile": delivered} for each in (ANA, BIA, EVA))
        )
        assert held(as_said(rows, told), "mobile") == [(each,) for each in expected], delivered


def test_a_birth_date_is_corrected_and_other_fields_stay(spark: SparkSession) -> None:
    born = date(1980, 1, 31)
    rows = received(
        spark,
        {
            "customer_id": ANA,
            "birth_date": date(1890, 1, 31),
            "name": "Ana",
            "email": "a@b.example",
        },
        {"customer_id": BIA, "birth_date": born, "name": "Bia"},
    )
    told = history(spark, corrected(ANA, "birth_date", "1890-01-31", "1980-01-31"))
    found = as_said(rows, told)
    assert_df_equality(
        found.orderBy("customer_id"),
        received(
            spark,
            {"customer_id": ANA, "birth_date": born, "name": "Ana", "email": "a@b.example"},
            {"customer_id": BIA, "birth_date": born, "name": "Bia"},
        ),
        ignore_nullable=True,
    )


def test_consent_is_what_was_said_last(spark: SparkSession) -> None:
    rows = received(
        spark,
        # ... by the registry in May, and otherwise by the person in June
        {"customer_id": ANA, "opted_out": True, "channels_opted_out": ["sms"]},
        # ... by the person in May, and otherwise by the registry in June
        {"customer_id": BIA, "opted_out": True},
        # nobody said anything that the registry does not say
        {"customer_id": EVA, "opted_out": False, "channels_opted_out": ["mail", "email"]},
        {"customer_id": IDA},
    )
    told = history(
        spark,
        said("opt_out", ANA, "all", said_by="registry", said_at=MAY, position=0),
        said("opt_in", ANA, "all", said_at=JUNE, sequence=2),
        said("opt_out", ANA, "sms", said_by="registry", said_at=MAY, position=0),
        said("opt_out", ANA, "email", said_at=JUNE, sequence=2),
        said("opt_in", BIA, "all", said_at=MAY),
        said("opt_out", BIA, "all", said_by="registry", said_at=JUNE, position=0),
        said("look_up", IDA, "show", said_at=JULY),
        said("block", IDA, "campaign", said_at=JULY),
    )
    assert held(as_said(rows, told), "opted_out", "channels_opted_out") == [
        (False, ["email", "sms"]),
        (True, None),
        (False, ["mail", "email"]),
        (None, None),
    ]
    assert sorted(map(tuple, opt_outs(told).collect())) == [
        (ANA, "all", False),
        (ANA, "email", True),
        (ANA, "sms", True),
        (BIA, "all", True),
    ]


def test_the_last_refused_channel_may_be_taken_back(spark: SparkSession) -> None:
    rows = received(spark, {"customer_id": ANA, "channels_opted_out": ["sms"]})
    told = history(
        spark,
        said("opt_out", ANA, "sms", said_by="registry", position=0),
        said("opt_in", ANA, "sms", said_at=JUNE, sequence=2),
    )
    assert held(as_said(rows, told), "channels_opted_out") == [([],)]


def test_the_registry_says_only_what_it_did_not_say_before(spark: SparkSession) -> None:
    rows = received(
        spark,
        # a general opt-out, and one of a channel: the first time
        {
            "customer_id": ANA,
            "opted_out": True,
            "channels_opted_out": ["mail"],
            "delivered_at": JUNE,
        },
        # taken back by a no, and by a list that lacks it; the other was said before
        {
            "customer_id": BIA,
            "opted_out": False,
            "channels_opted_out": ["sms"],
            "delivered_at": JUNE,
        },
        # silence takes nothing back, and a no that takes nothing back is no news
        {"customer_id": EVA, "opted_out": None, "channels_opted_out": None, "delivered_at": JUNE},
        {"customer_id": IDA, "opted_out": False, "channels_opted_out": [], "delivered_at": None},
    )
    told = history(
        spark,
        *(said("opt_out", BIA, each, said_by="registry") for each in ("all", "mail", "sms")),
        *(said("opt_out", EVA, each, said_by="registry") for each in ("all", "mail")),
        # What the person says is another matter: the registry said nothing yet.
        said("opt_out", IDA, "all"),
    )
    found = consent_said_by_registry(rows, told, 7)
    assert found.columns == list(TABLES["person_history"].column_names)
    assert {row.sequence for row in found.collect()} == {7}
    assert {row.said_by for row in found.collect()} == {"registry"}
    assert sorted(
        map(tuple, found.select("customer_id", "field", "kind", "said_at").collect())
    ) == [
        (ANA, "all", "opt_out", JUNE),
        (ANA, "mail", "opt_out", JUNE),
        (BIA, "all", "opt_in", JUNE),
        (BIA, "mail", "opt_in", JUNE),
    ]
    again = consent_said_by_registry(rows, told.unionByName(found), 8)
    assert again.isEmpty()


def test_a_word_that_is_no_channel_ends_no_refusal_and_hides_none(spark: SparkSession) -> None:
    rows = received(
        spark,
        {"customer_id": ANA, "channels_opted_out": ["sms", "fax"], "delivered_at": JUNE},
        {"customer_id": BIA, "channels_opted_out": ["sms", "e-mail"], "delivered_at": JUNE},
        {"customer_id": EVA, "channels_opted_out": ["telefone"], "delivered_at": JUNE},
        {"customer_id": IDA, "channels_opted_out": ["sms"], "delivered_at": JUNE},
    )
    told = history(
        spark,
        *(
            said("opt_out", who, each, said_by="registry")
            for who in (BIA, EVA, IDA)
            for each in ("email", "sms")
        ),
    )
    found = consent_said_by_registry(rows, told, 7).select("customer_id", "field", "kind")
    assert sorted(map(tuple, found.collect())) == [
        (ANA, "sms", "opt_out"),
        (IDA, "email", "opt_in"),
    ]


def test_a_block_holds_until_it_is_undone(spark: SparkSession) -> None:
    told = history(
        spark,
        said("block", ANA, "campaign", said_at=MAY),
        said("unblock", ANA, "campaign", said_at=JUNE),
        said("block", ANA, "loyalty", said_at=JUNE),
        said("block", BIA, "campaign", said_at=MAY, said_by="desk", why="fraud"),
        said("block", EVA, "campaign", said_at=JUNE),
        said("unblock", EVA, "campaign", said_at=None, sequence=9),  # of no time: came before
    )
    expected = [
        (ANA, "loyalty", JUNE, "sac", "asked"),
        (BIA, "campaign", MAY, "desk", "fraud"),
        (EVA, "campaign", JUNE, "sac", "asked"),
    ]
    found = blocks(told).orderBy("customer_id", F.col("feature"))
    assert [tuple(row) for row in found.collect()] == expected


def test_a_survivor_is_filled_where_she_is_empty_and_never_over_what_was_received(
    spark: SparkSession,
) -> None:
    rows = received(
        spark,
        {
            "customer_id": ANA,
            "name": "Ana",
            "registered_on": date(2020, 1, 1),
            "roles": ["customer"],
        },
        {
            "customer_id": BIA,
            "name": "Ana B.",
            "email": "bia@example.com",
            "registered_on": date(2022, 1, 1),
            "store_code": "S2",
            "roles": ["supplier"],
        },
        # Registered earlier than Bia's, so her e-mail fills, and the mobile that Bia lacks.
        {
            "customer_id": EVA,
            "email": "eva@example.com",
            "mobile": "11987654321",
            "registered_on": date(2021, 1, 1),
        },
        {"customer_id": IDA, "name": "Ida"},
    )
    merges = spark.createDataFrame([(BIA, ANA), (EVA, ANA)], TABLES["merges"].ddl)
    found = persons(rows, history(spark), merges)
    assert found.columns == list(TABLES["persons"].column_names)
    columns = ("customer_id", "name", "email", "mobile", "store_code", "roles", "filled_from")
    assert held(found, *columns) == [
        (
            ANA,
            "Ana",
            "eva@example.com",
            "11987654321",
            None,
            ["customer", "supplier"],
            {"email": EVA, "mobile": EVA},
        ),
        (IDA, "Ida", None, None, None, None, None),
    ]


def test_whoever_refused_under_one_code_refused_under_all(spark: SparkSession) -> None:
    rows = received(
        spark,
        {"customer_id": ANA, "opted_out": False, "channels_opted_out": ["sms"]},
        {"customer_id": BIA, "opted_out": None, "channels_opted_out": ["mail", "email"]},
        {"customer_id": EVA, "channels_opted_out": ["sms"]},
        {"customer_id": IDA, "opted_out": True},
    )
    merges = spark.createDataFrame([(BIA, ANA), (IDA, EVA)], TABLES["merges"].ddl)
    found = persons(rows, history(spark), merges)
    assert held(found, "customer_id", "opted_out", "channels_opted_out") == [
        (ANA, False, ["email", "mail", "sms"]),
        (EVA, True, ["sms"]),
    ]


def test_consent_is_hers_under_all_of_her_ids(spark: SparkSession) -> None:
    """Of Ana's ids one is not registered; Eva never was, and nobody was merged into her."""
    other, unregistered = 11, 12
    rows = received(
        spark,
        {"customer_id": ANA, "opted_out": False, "channels_opted_out": ["mail"]},
        {"customer_id": other, "opted_out": True, "channels_opted_out": ["sms", "email"]},
    )
    merges = spark.createDataFrame([(other, ANA), (unregistered, ANA)], TABLES["merges"].ddl)
    by_registry = [
        said("opt_out", ANA, "mail", said_by="registry", position=0),
        said("opt_out", other, "all", said_by="registry", position=0),
        said("opt_out", other, "sms", said_by="registry", position=0),
        said("opt_out", other, "email", said_by="registry", position=0),
    ]
    of_eva = [said("opt_out", EVA, "all", said_at=MAY), said("opt_out", EVA, "sms")]
    of_ida = [said("opt_out", IDA, "all", said_at=MAY), said("opt_in", IDA, "all", said_at=JUNE)]
    told = [*by_registry, *of_eva, *of_ida, said("opt_out", unregistered, "phone")]
    columns = ("customer_id", "opted_out", "channels_opted_out")
    before = history(spark, *told)
    hers = (ANA, True, ["email", "mail", "phone", "sms"])
    assert held(persons(rows, before, merges), *columns) == [hers]
    found = held(consents(before, merges), *columns)
    assert found == [hers, (EVA, True, ["sms"]), (IDA, False, None)]
    # What she says later of whichever id holds for all; what the registry says, of that one.
    after = history(
        spark,
        *told,
        said("opt_in", ANA, "all", said_at=JUNE, sequence=2),
        said("opt_in", unregistered, "sms", said_at=JUNE, sequence=2),
        said("opt_in", ANA, "email", said_by="registry", said_at=JUNE, sequence=2),
        said("opt_out", EVA, "email", said_at=None, sequence=2),
    )
    hers = (ANA, False, ["email", "mail", "phone"])
    assert held(persons(rows, after, merges), *columns) == [hers]
    assert held(consents(after, merges), *columns) == [
        hers,
        (EVA, True, ["email", "sms"]),
        (IDA, False, None),
    ]
    nobody = spark.createDataFrame([], TABLES["merges"].ddl)
    assert_df_equality(said_of_all_ids(after, nobody), after, ignore_row_order=True)


def test_what_was_said_last_counts_and_silence_changes_nothing(spark: SparkSession) -> None:
    ddl = "customer_id bigint, opted_out boolean, channels_opted_out array<string>"
    customers = spark.createDataFrame(
        [(ANA, None, ["sms"]), (BIA, None, None), (EVA, False, []), (IDA, None, None)], ddl
    )
    said_of = spark.createDataFrame(
        [(ANA, True, ["mail"]), (BIA, False, ["sms"]), (EVA, True, None)], ddl
    )
    assert held(with_consents(customers, said_of), *customers.columns) == [
        (ANA, True, ["mail"]),
        (BIA, False, ["sms"]),
        (EVA, True, []),
        (IDA, None, None),
    ]


def test_who_is_blocked_from_loyalty_takes_part_in_no_programme(spark: SparkSession) -> None:
    part = {"loyalty_programme": "clube", "loyalty_category": "ouro"}
    rows = received(
        spark,
        *({"customer_id": each, **part} for each in (ANA, BIA, IDA)),
        {"customer_id": EVA},  # whom Ida's programme would fill
    )
    merges = spark.createDataFrame([(IDA, EVA)], TABLES["merges"].ddl)
    told = history(
        spark,
        said("block", ANA, "loyalty"),
        said("block", BIA, "loyalty"),
        said("unblock", BIA, "loyalty", said_at=JUNE),
        said("block", BIA, "campaign"),
        said("block", IDA, "loyalty"),  # who stands for her is blocked with her
    )
    assert held(persons(rows, told, merges), "customer_id", *part, "filled_from") == [
        (ANA, None, None, None),
        (BIA, "clube", "ouro", None),
        (EVA, None, None, None),
    ]


def test_nobody_merged_leaves_registrations_as_they_are(spark: SparkSession) -> None:
    rows = received(spark, {"customer_id": ANA, "email": "a@example.com"}, {"customer_id": BIA})
    merges = spark.createDataFrame([], TABLES["merges"].ddl)
    found = persons(rows, history(spark), merges).drop("filled_from")
    assert_df_equality(found, rows, ignore_nullable=True, ignore_row_order=True)
