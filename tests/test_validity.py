"""Whether values of the registry are valid. Persons are made up; companies' numbers are public."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from typing import cast

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pyspark.sql import Column, SparkSession
from pyspark.sql import functions as F

from schemas.validity import Invalid
from tests import registry_checks
from tests.registry_checks import Judged
from transforms.identity import normalised_code
from transforms.validity import birth_date_reason, is_filled, words_reason
from transforms.validity_contacts import (
    AREA_CODES,
    CEP_RANGES,
    cep_reason,
    cleaned_cep,
    cleaned_email,
    cleaned_phone,
    email_reason,
    known_state,
    landline_reason,
    mobile_reason,
)
from transforms.validity_documents import TaxId, cleaned_rg, rg_reason, tax_id_reason

TEXTS = 300
FIELDS = ("cpf", "cnpj", "rg", "email", "mobile", "phone", "cep")


def wide(text: str) -> str:
    """Text with its digits as full-width ones."""
    return "".join(chr(0xFF10 + int(each)) if each.isdigit() else each for each in text)


def cleaned_of(field: str) -> Column:
    received = F.col("received")
    if field in ("cpf", "cnpj"):
        return normalised_code(received, field)
    return {
        "rg": cleaned_rg,
        "email": cleaned_email,
        "mobile": cleaned_phone,
        "phone": cleaned_phone,
        "cep": cleaned_cep,
    }[field](received)


def reason_of(field: str) -> Column:
    received, cleaned = F.col("received"), F.col(field)
    if field in ("cpf", "cnpj"):
        return tax_id_reason(received, cleaned, cast(TaxId, field))
    if field == "cep":
        return cep_reason(received, cleaned, F.col("known_state"))
    judge = {
        "rg": rg_reason,
        "email": email_reason,
        "mobile": mobile_reason,
        "phone": landline_reason,
    }
    return judge[field](received, cleaned)


def judged(
    spark: SparkSession, fields: Sequence[str], texts: Iterable[tuple[str | None, str | None]]
) -> list[dict[str, Judged]]:
    """What Spark makes of texts, each with a state, in each of the fields."""
    rows = [(number, *each) for number, each in enumerate(texts)]
    frame = (
        spark.createDataFrame(rows, "id int, received string, state string")
        .withColumn("known_state", known_state(F.col("state")))
        .withColumns({field: cleaned_of(field) for field in fields})
    )
    reasons = {f"{field}_reason": reason_of(field) for field in fields}
    found = frame.withColumns(reasons).orderBy("id").collect()
    return [{field: (row[field], row[f"{field}_reason"]) for field in fields} for row in found]


EXAMPLES: dict[str, list[tuple[str | None, str | None, str | None]]] = {
    "cpf": [
        ("529.982.247-25", "52998224725", None),
        ("111.444.777-35", "11144477735", None),
        ("123.456.789-09", "12345678909", None),
        (" 529 982 247 25\u00a0", "52998224725", None),
        # Codes are compared as they came but for punctuation and zeros, so these stay as they are.
        (wide("529.982.247-25"), wide("52998224725"), "wrong_characters"),
        ("191", "00000000191", None),  # a spreadsheet took its zeros
        ("191.0", "00000000191", None),
        ("529.982.247-52", "52998224752", "wrong_check_digits"),
        ("529.982.247-24", "52998224724", "wrong_check_digits"),
        ("111.111.111-11", "11111111111", "repeated_digits"),
        ("0", "00000000000", "repeated_digits"),
        ("5299822472599", "5299822472599", "wrong_length"),
        ("52998224A25", "52998224A25", "wrong_characters"),
        ("não tem", "NÃOTEM", "wrong_characters"),
        (" - ", None, "nothing_usable"),
        ("\u00a0 \t", None, None),
        ("", None, None),
        (None, None, None),
    ],
    "cnpj": [
        ("00.000.000/0001-91", "00000000000191", None),  # Banco do Brasil
        ("33.000.167/0001-01", "33000167000101", None),  # Petrobras
        ("34.028.316/0001-03", "34028316000103", None),  # Correios
        ("33683111000107", "33683111000107", None),  # Serpro
        ("12.ABC.345/01DE-35", "12ABC34501DE35", None),  # Receita Federal's example with letters
        ("12.abc.345/01de-35", "12ABC34501DE35", None),
        ("12.ABC.345/01DE-53", "12ABC34501DE53", "wrong_check_digits"),
        ("12.ABC.345/01DE-3A", "12ABC34501DE3A", "wrong_check_digits"),
        ("33.000.167/0001-10", "33000167000110", "wrong_check_digits"),
        ("00.000.000/0000-00", "00000000000000", "repeated_digits"),
        ("12.ABC.345/01DE", "12ABC34501DE", "wrong_length"),
        ("330001670001010", "330001670001010", "wrong_length"),
        ("12.AÇC.345/01DE-35", "12AÇC34501DE35", "wrong_characters"),
        ("/", None, "nothing_usable"),
        (None, None, None),
    ],
    "rg": [
        ("29.465.327-2 SSP/SP", "294653272", None),  # Bóson Treinamentos: 211 mod 11 = 2
        ("3.021.415-4 SSP-SP", "30214154", None),  # Folha de S.Paulo: 106 + 100 × 4 = 46 × 11
        ("RG 31.203.131-2 (SSP/SP)", "312031312", None),
        ("29.465.327-3 SSP/SP", "294653273", "wrong_check_digits"),
        ("3.021.415-5 sp", "30214155", "wrong_check_digits"),
        ("29.465.372-2 IIRGD/SP", "294653722", "wrong_check_digits"),
        ("29.465.327-3", "294653273", None),  # nobody says which state
        ("29.465.327-3 SSP", "294653273", None),  # of any state
        ("29.465.327-3 SSP/RJ", "294653273", None),
        ("29.465.327-3 SESP/PR", "294653273", None),
        ("3.021.415 SSP/SP", "3021415", None),  # of before the check digit
        ("12.345.678-X", "12345678X", None),
        ("10.000.004-x ssp/sp", "10000004X", "wrong_check_digits"),  # 9 + 4×2 = 17: 6
        ("10.000.006-X ssp/sp", "10000006X", None),  # 9 + 6×2 = 21: 10
        ("MG-12.345.678", "12345678", None),
        ("RGM 1.234.567", "1234567", None),
        ("1/R 1.234.567", "1234567", None),  # Santa Catarina, formerly
        ("1.234.567-ES", "1234567", None),
        ("12.345.678.2021-0", "1234567820210", None),  # Maranhão, with the year
        ("12345678.0", "12345678", None),  # of a column of floats
        (f"\u00a0{wide('12345678')}.0 ", "12345678", None),
        ("1234.0", "1234", "wrong_length"),
        ("11111111.0", "11111111", "repeated_digits"),
        ("12.345.678-9", "123456789", None),
        ("12.345.678.0", "123456780", None),  # a check digit, since floats have one dot
        ("12345678.0 SSP/RJ", "123456780", None),  # likewise, since floats have no issuer
        ("12345678.00", "1234567800", None),
        ("1234", "1234", "wrong_length"),
        ("123456789012345", "123456789012345", "wrong_length"),
        ("123.456.789-0 SSP/SP", "1234567890", "wrong_length"),
        ("99.999.999-9", "999999999", "repeated_digits"),
        ("V123456-J", "V123456J", "wrong_characters"),
        ("12X34567", "12X34567", "wrong_characters"),
        ("isento", None, "nothing_usable"),
        ("\u2007", None, None),
        (None, None, None),
    ],
    "email": [
        # Wikipedia's examples ("Email address"), valid and not.
        ("simple@example.com", "simple@example.com", None),
        (
            "FirstName.LastName@EasierReading.org",
            "firstname.lastname@easierreading.org",
            None,
        ),
        ("x@example.com", "x@example.com", None),
        (
            "long.email-address-with-hyphens@and.subdomains.example.com",
            "long.email-address-with-hyphens@and.subdomains.example.com",
            None,
        ),
        (
            "user.name+tag+sorting@example.com",
            "user.name+tag+sorting@example.com",
            None,
        ),
        ("name/surname@example.com", "name/surname@example.com", None),
        ("user%example.com@example.org", "user%example.com@example.org", None),
        ("admin@example", "admin@example", "wrong_domain"),  # RFC 5321 allows it; nobody has one
        ('"john..doe"@example.org', '"john..doe"@example.org', "wrong_local_part"),  # likewise
        ("abc.example.com", "abc.example.com", "not_one_at_sign"),
        ("a@b@c@example.com", "a@b@c@example.com", "not_one_at_sign"),
        ("a b@example.com", "a b@example.com", "wrong_local_part"),
        (f"{'1234567890' * 6}1234+x@example.com", None, "wrong_local_part"),
        ("i.like@under_scores.com", "i.like@under_scores.com", "wrong_domain"),
        ("john..doe@example.com", "john..doe@example.com", "wrong_local_part"),
        (".john@example.com", ".john@example.com", "wrong_local_part"),
        ("john.@example.com", "john.@example.com", "wrong_local_part"),
        ("@example.com", "@example.com", "wrong_local_part"),
        ("joão@example.com", "joão@example.com", "wrong_local_part"),
        ("ana@-example.com", "ana@-example.com", "wrong_domain"),
        ("ana@example..com", "ana@example..com", "wrong_domain"),
        ("ana@example.c", "ana@example.c", "wrong_domain"),
        ("ana@127.0.0.1", "ana@127.0.0.1", "wrong_domain"),
        ("ana@example.com\u2028", "ana@example.com\u2028", "wrong_domain"),
        ("ana@xn--caf-dma.xn--p1ai", "ana@xn--caf-dma.xn--p1ai", None),
        (f"a@{'b' * 63}.br", f"a@{'b' * 63}.br", None),
        (f"a@{'b' * 64}.br", f"a@{'b' * 64}.br", "wrong_domain"),
        (f"a@{'bb.' * 85}br", None, "wrong_length"),
        ("\u00a0Ana@Example.com\n", "ana@example.com", None),
        ("não tem", "não tem", "not_one_at_sign"),
        ("\ufeff", None, None),
        (None, None, None),
    ],
    "mobile": [
        ("(11) 98765-4321", "11987654321", None),
        ("11987654321", "11987654321", None),
        ("11987654321.0", "11987654321", None),
        ("+55 11 98765-4321", "11987654321", None),
        ("+55 (0) 11 98765-4321", "11987654321", None),
        ("0055 11 98765 4321", "11987654321", None),
        ("0 11 98765-4321", "11987654321", None),
        ("0 xx 11 98765-4321", "11987654321", None),
        ("0 15 11 98765-4321", "11987654321", None),  # by carrier 15
        ("55 9 8765-4321", "55987654321", None),  # 55 is an area code too
        ("55 8765-4321", "5587654321", "ninth_digit_missing"),
        ("55 55 9 8765-4321", "55987654321", None),
        (wide("11 98765-4321"), "11987654321", None),
        ("\u00a011\u00a098765\u00a04321", "11987654321", None),
        ("11 8765-4321", "1187654321", "ninth_digit_missing"),
        ("11 3765-4321", "1137654321", "not_a_mobile"),
        ("11 88765-4321", "11887654321", "not_a_mobile"),
        ("20 98765-4321", "20987654321", "unknown_area_code"),
        ("23 98765-4321", "23987654321", "unknown_area_code"),
        ("98765-4321", "987654321", "area_code_missing"),
        ("8765-4321", "87654321", "area_code_missing"),
        ("3765-4321", "37654321", "wrong_length"),
        ("119876543210", "119876543210", "wrong_length"),
        ("44 11 98765-4321", "4411987654321", "wrong_length"),
        ("0800 123 4567", "08001234567", "unknown_area_code"),
        ("99999999999", "99999999999", "repeated_digits"),
        ("99999999", "99999999", "repeated_digits"),
        ("não tem", None, "nothing_usable"),
        ("-", None, "nothing_usable"),
        (" ", None, None),
        (None, None, None),
    ],
    "phone": [
        ("(61) 3303-4141", "6133034141", None),  # the Federal Senate
        ("+55 61 3303-4141", "6133034141", None),
        ("061 3303-4141", "6133034141", None),
        ("0 21 61 3303-4141", "6133034141", None),
        ("55 3220-1000", "5532201000", None),
        ("55 55 3220-1000", "5532201000", None),
        ("61 2303-4141", "6123034141", None),
        ("61 5703-4141", "6157034141", None),
        ("61 6303-4141", "6163034141", "not_a_landline"),
        ("61 1303-4141", "6113034141", "not_a_landline"),
        ("61 98765-4321", "61987654321", "not_a_landline"),
        ("52 3303-4141", "5233034141", "unknown_area_code"),
        ("3303-4141", "33034141", "area_code_missing"),
        ("9303-4141", "93034141", "wrong_length"),
        ("190", "190", "wrong_length"),
        ("3333333333", "3333333333", "repeated_digits"),
        ("sem telefone", None, "nothing_usable"),
        ("", None, None),
        (None, None, None),
    ],
}


@pytest.mark.parametrize("field", EXAMPLES)
def test_examples_are_cleaned_and_judged(spark: SparkSession, field: str) -> None:
    texts = [received for received, _, _ in EXAMPLES[field]]
    found = judged(spark, [field], [(each, None) for each in texts])
    for (received, cleaned, reason), of_spark in zip(EXAMPLES[field], found, strict=True):
        assert of_spark[field][1] == reason, received
        if cleaned is not None or received is None or not received.strip():
            assert of_spark[field][0] == cleaned, received


def test_a_cep_is_judged_against_the_state(spark: SparkSession) -> None:
    rows = [
        ("70002-900", "DF", "70002900", None),  # Correios
        ("70002-900", None, "70002900", None),
        ("70002-900", " df ", "70002900", None),
        ("70002-900", "Distrito Federal", "70002900", None),  # no two letters: not judged by it
        ("70002-900", "XX", "70002900", None),
        ("70002-900", "GO", "70002900", "another_state"),
        ("73700-000", "DF", "73700000", "another_state"),
        ("73699-999", "DF", "73699999", None),
        ("01310-200", "SP", "01310200", None),
        ("01310.200", "SP", "01310200", None),
        ("01310.000", "SP", "01310000", None),
        ("01310-200", "RJ", "01310200", "another_state"),
        ("20040030.0", "RJ", "20040030", None),
        ("69300-000", "RR", "69300000", None),
        ("69400-000", "AM", "69400000", None),
        ("76800-000", "RO", "76800000", None),  # until 2008 it had 78900 to 78999
        ("78900-000", "RO", "78900000", "outside_every_state"),
        ("00999-999", "SP", "00999999", "outside_every_state"),
        ("1310-200", "SP", "1310200", "wrong_length"),  # a zero is lost, or a digit anywhere
        ("01310-2000", None, "013102000", "wrong_length"),
        ("99999-999", "RS", "99999999", "repeated_digits"),
        ("00000-000", None, "00000000", "repeated_digits"),
        (wide("01310-200"), "SP", "01310200", None),
        ("\u00a001310-200\u00a0", "SP", "01310200", None),
        ("não sei", "SP", None, "nothing_usable"),
        ("  ", "SP", None, None),
        (None, "SP", None, None),
    ]
    found = judged(spark, ["cep"], [(received, state) for received, state, _, _ in rows])
    for row, of_spark in zip(rows, found, strict=True):
        assert of_spark["cep"] == row[2:], row


def test_the_data_of_states_and_area_codes_is_whole() -> None:
    assert len(set(AREA_CODES)) == len(AREA_CODES) == 67
    assert len({state for _, _, state in CEP_RANGES}) == 27
    edges = [int(edge) for first, last, _ in CEP_RANGES for edge in (first, last)]
    assert edges == sorted(edges)
    gaps = {a: b for a, b in zip(edges[1::2], edges[2::2], strict=False) if b != a + 1}
    assert gaps == {78_899: 79_000}  # Rondônia's until 2008


def test_birth_dates_are_judged_on_the_processing_date(spark: SparkSession) -> None:
    rows = [
        (date(1980, 2, 29), date(2025, 12, 31), None),
        (date(2025, 12, 31), date(2025, 12, 31), None),
        (date(2026, 1, 1), date(2025, 12, 31), "in_the_future"),
        (date(2026, 1, 1), date(2026, 1, 1), None),
        (date(1900, 1, 1), date(2020, 12, 31), None),
        (date(1900, 1, 1), date(2021, 1, 1), "too_old"),
        (date(1904, 2, 29), date(2025, 2, 27), None),
        (date(1904, 2, 29), date(2025, 2, 28), "too_old"),
        (date(1899, 12, 31), date(2000, 1, 1), "before_1900"),
        (date(1, 1, 1), date(2000, 1, 1), "before_1900"),
        (date(9999, 12, 31), date(2000, 1, 1), "in_the_future"),
        (None, date(2000, 1, 1), None),
    ]
    frame = spark.createDataFrame(rows, "born date, as_of date, expected string")
    reason = birth_date_reason(F.col("born"), F.col("as_of")).alias("reason")
    for row in frame.select("*", reason).collect():
        assert row.reason == row.expected, row
    for born, as_of, reason_there in rows:
        assert registry_checks.birth_date_reason(born, as_of) == reason_there


def test_names_and_addresses_need_a_letter(spark: SparkSession) -> None:
    rows: list[tuple[str | None, str | None]] = [
        ("Ana", None),
        ("Ç", None),
        ("山", None),
        (".", "nothing_usable"),
        ("123", "nothing_usable"),
    ]
    rows += [("Rua 7, 12", None), ("\u00a0", None), ("", None), (None, None)]
    frame = spark.createDataFrame(rows, "received string, expected string")
    for row in frame.select("*", words_reason(F.col("received")).alias("reason")).collect():
        assert row.reason == row.expected, row


ANY_TEXT = st.text(max_size=40)
NEAR_MISSES = st.text(wide("09") + "0123456789 -./()+xX@aAçSPRGM\u00a0\n\u2028", max_size=24)
LONG = st.tuples(
    st.sampled_from(["a.", "a@", "0", "55", "9-", "é", wide("1")]), st.integers(1, 4000)
).map(lambda made: made[0] * made[1])
SHAPED = st.one_of(
    *(
        st.from_regex(rf"\A{shape}\Z", fullmatch=True)
        for shape in (
            r"(\+55|55|0|0[0-9]{2}|0055)? ?\(?[1-9][0-9]\)? ?[2-9][0-9]{3,4}-?[0-9]{4}",
            r"[0-9]{5}-?[0-9]{3}",
            r"(RG |MG-)?[0-9]{1,2}\.?[0-9]{3}\.?[0-9]{3}-?[0-9X]( SSP/SP| sp| SSP| IIRGD)?",
            r"[a-z.]{1,6}[0-9_+]?@[a-z-]{1,6}(\.[a-z0-9]{1,3}){1,2}",
        )
    )
)
STATES = st.sampled_from([None, "SP", " rj", "GO", "", "Acre"])


@settings(max_examples=3, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
@given(
    texts=st.lists(
        st.tuples(ANY_TEXT | NEAR_MISSES | LONG | SHAPED | SHAPED, STATES),
        min_size=TEXTS,
        max_size=TEXTS,
    )
)
def test_any_text_is_valid_or_has_one_reason_as_in_python(
    spark: SparkSession, texts: list[tuple[str, str | None]]
) -> None:
    known = {reason.value for reason in Invalid}
    found = judged(spark, FIELDS, texts)
    for (text, state), of_fields in zip(texts, found, strict=True):
        for field, (cleaned, reason) in of_fields.items():
            assert reason is None or reason in known
            if reason is None:  # then it is valid, or it was not filled
                assert (cleaned is not None) == bool(text.strip(registry_checks.WHITE_SPACE))
            assert (cleaned, reason) == registry_checks.judge(field, text, state), (field, text)


@st.composite
def numbers(draw: st.DrawFn) -> tuple[str, str, int, int]:
    """A kind of tax id, a valid one of it, and a place with the step by which to change it."""
    kind, length = draw(st.sampled_from([("cpf", 9), ("cnpj", 12)]))
    body = draw(st.text("0123456789", min_size=length, max_size=length))
    place = draw(st.integers(0, length + 1))
    return kind, body + registry_checks.check_digits(body), place, draw(st.integers(1, 9))


@settings(max_examples=3, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
@given(drawn=st.lists(numbers(), min_size=TEXTS, max_size=TEXTS))
def test_a_right_cpf_or_cnpj_is_valid_and_with_a_wrong_digit_it_is_not(
    spark: SparkSession, drawn: list[tuple[str, str, int, int]]
) -> None:
    texts, expected = [], []
    for kind, code, place, step in drawn:
        wrong = (int(code[place]) + step) % 10
        changed = f"{code[:place]}{wrong}{code[place + 1 :]}"
        texts += [(code, None), (changed, None)]
        # A check digit is 0 for the remainders 0 and 1, so a few changes that make the one the
        # other are right by the published rule as well.
        is_right = registry_checks.check_digits(changed[:-2]) == changed[-2:]
        expected += [(kind, len(set(code)) > 1), (kind, is_right)]
    found = judged(spark, ["cpf", "cnpj"], texts)
    for (text, _), (kind, is_valid), of_fields in zip(texts, expected, found, strict=True):
        assert (of_fields[kind][1] is None) == is_valid, text


def test_a_blank_text_is_not_filled(spark: SparkSession) -> None:
    frame = spark.createDataFrame(
        [(" \u00a0\t", False), ("x", True), (None, False)], "received string, filled boolean"
    )
    for row in frame.select("filled", is_filled(F.col("received")).alias("found")).collect():
        assert row.found == row.filled
