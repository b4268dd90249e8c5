"""Customer codes and ids. Codes are made up, or examples published by those who issue them."""

from __future__ import annotations

import hashlib
import hmac

from chispa import assert_df_equality
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pyspark.sql import Column, DataFrame, SparkSession
from pyspark.sql import functions as F

from jobs.customer_key import key_row
from transforms.identity import (
    code_class,
    compared_codes,
    folded,
    is_valid_code,
    normalised_code,
    with_customer_id,
    with_keyed_digest,
)

CODES = 300
KEY = bytes(range(32))
"""The key of the fixture ``key``."""
KINDS = ("cpf", "cnpj", "text")


def by_kind(of: dict[str, Column]) -> Column:
    """What applies to the kind that the row names."""
    chosen = F.lit(None)
    for kind, value in of.items():
        chosen = F.when(F.col("kind") == kind, value).otherwise(chosen)
    return chosen


def test_codes_are_normalised(spark: SparkSession) -> None:
    rows = [
        ("cpf", "529.982.247-25", "52998224725"),
        ("cpf", "  529.982.247-25 ", "52998224725"),
        ("cpf", "529 982 247 25", "52998224725"),
        ("cpf", "52998224725", "52998224725"),
        ("cpf", "52998224725.0", "52998224725"),
        ("cpf", "191", "00000000191"),
        ("cpf", "191.0", "00000000191"),
        ("cpf", "000.000.001-91", "00000000191"),
        ("cpf", "17850.0", "00000017850"),
        ("cpf", "0", "00000000000"),
        ("cpf", "529982247251", "529982247251"),  # too long for a CPF: left as it is
        ("cpf", "abc", "ABC"),
        ("cpf", "12a", "12A"),
        ("cpf", "-", None),
        ("cpf", "", None),
        ("cpf", "   ", None),
        ("cpf", None, None),
        ("cnpj", "11.222.333/0001-81", "11222333000181"),
        ("cnpj", "11222333000181.0", "11222333000181"),
        ("cnpj", "191", "00000000000191"),
        ("cnpj", "12.ABC.345/01DE-35", "12ABC34501DE35"),
        ("cnpj", "12.abc.345/01de-35", "12ABC34501DE35"),
        ("cnpj", "ABC-1", "ABC1"),  # no number, so no zero was lost
        ("cnpj", "./-", None),
        ("cnpj", None, None),
        ("text", "17850.0", "17850"),
        ("text", "17850.000", "17850"),
        ("text", "17850", "17850"),
        ("text", "0017850", "0017850"),
        ("text", "007.0", "007"),
        ("text", "17850.5", "17850.5"),
        ("text", "17.850", "17.850"),
        ("text", "17850.", "17850."),
        ("text", " A-1/b 2 ", "A-1/b 2"),
        ("text", "x.0", "x.0"),
        ("text", "0", "0"),
        ("text", "0.0", "0"),
        ("text", "  ", None),
        ("text", "", None),
        ("text", None, None),
    ]
    expected = spark.createDataFrame(rows, "kind string, code string, normalised string")
    normalised = {kind: normalised_code(F.col("code"), kind) for kind in KINDS}
    actual = expected.select("kind", "code", by_kind(normalised).alias("normalised"))
    assert_df_equality(actual, expected)


def test_every_white_space_around_a_code_is_trimmed(spark: SparkSession) -> None:
    rows = [
        ("text", "\tA1", "A1"),
        ("text", "A1\r\n", "A1"),
        ("text", "\u00a0A1\u00a0", "A1"),  # no-break spaces, as spreadsheets leave them
        ("text", "17850.0\u00a0", "17850"),
        ("text", "\u00a0", None),
        ("text", "\t", None),
        ("cpf", "\t529.982.247-25\n", "52998224725"),
        ("cpf", "529.982.247-25\u00a0", "52998224725"),
        ("cpf", "191\u00a0", "00000000191"),
        ("cpf", None, None),
    ]
    expected = spark.createDataFrame(rows, "kind string, code string, normalised string")
    normalised = {kind: normalised_code(F.col("code"), kind) for kind in KINDS}
    actual = expected.select("kind", "code", by_kind(normalised).alias("normalised"))
    assert_df_equality(actual, expected)


def test_check_digits_and_form_are_verified(spark: SparkSession) -> None:
    rows = [
        ("cpf", "52998224725", True),
        ("cpf", "11144477735", True),
        ("cpf", "00000000191", True),
        ("cpf", "52998224724", False),  # second digit wrong
        ("cpf", "52998224715", False),  # first digit wrong
        ("cpf", "52998224752", False),  # digits exchanged
        ("cpf", "25998224725", False),
        ("cpf", "11111111111", False),  # right by arithmetic
        ("cpf", "00000000000", False),
        ("cpf", "99999999999", False),
        ("cpf", "5299822472", False),
        ("cpf", "529982247250", False),
        ("cpf", "5299822472A", False),
        ("cpf", "ABC", False),
        ("cpf", None, None),
        ("cnpj", "11222333000181", True),
        ("cnpj", "12ABC34501DE35", True),  # Receita Federal's own example
        ("cnpj", "00000000000191", True),  # Banco do Brasil
        ("cnpj", "12ABC34501DE36", False),
        ("cnpj", "12ABC34501DE25", False),
        ("cnpj", "12ABC34501DF35", False),
        ("cnpj", "12ABC34501DE3A", False),  # a check digit is never a letter
        ("cnpj", "12abc34501de35", False),  # not normalised
        ("cnpj", "11222333000182", False),
        ("cnpj", "11111111111111", False),
        ("cnpj", "00000000000000", False),
        ("cnpj", "52998224725", False),
        ("cnpj", None, None),
        ("text", "52998224725", None),
        ("text", None, None),
    ]
    expected = spark.createDataFrame(rows, "kind string, code string, valid boolean")
    valid = {kind: is_valid_code(F.col("code"), kind) for kind in KINDS}
    assert_df_equality(
        expected.select("kind", "code", by_kind(valid).alias("valid")),
        expected,
    )


VALUES = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"


def check_digits(body: str) -> tuple[int, int]:
    """The check digits in their other form: rising weights, modulo 11, ten is zero."""
    values = [ord(character) - 48 for character in body]

    def digit(of: list[int]) -> int:
        if len(body) == 9:  # a CPF: 1 to 9 for the first, 0 to 9 for the second
            weights = list(range(10 - len(of), 10))
        else:  # a CNPJ: counted from the right, 9 down to 2 and again
            weights = [9 - place % 8 for place in range(len(of))][::-1]
        return sum(a * b for a, b in zip(of, weights, strict=True)) % 11 % 10

    first = digit(values)
    return first, digit([*values, first])


@st.composite
def documents(draw: st.DrawFn) -> tuple[str, str, str, bool]:
    """A CPF or CNPJ as printed, as normalised, and whether it is valid."""
    kind = draw(st.sampled_from(["cpf", "cnpj"]))
    if kind == "cpf":
        body = f"{draw(st.integers(0, 10**9 - 1)):09d}"
    elif draw(st.booleans()):
        body = f"{draw(st.integers(0, 10**12 - 1)):012d}"
    else:
        body = "".join(draw(st.sampled_from(VALUES)) for _ in range(12))
    wrong = draw(st.sampled_from([(0, 0), (0, 0), (1, 0), (0, 1), (3, 3), (9, 0), (0, 9), (1, 9)]))
    first, second = (
        (right + change) % 10 for right, change in zip(check_digits(body), wrong, strict=True)
    )
    code = f"{body}{first}{second}"
    if kind == "cpf":
        printed = f"{code[:3]}.{code[3:6]}.{code[6:9]}-{code[9:]}"
    else:
        printed = f"{code[:2]}.{code[2:5]}.{code[5:8]}/{code[8:12]}-{code[12:]}"
    return kind, printed, code, wrong == (0, 0) and len(set(code)) > 1


def test_the_other_form_of_the_check_digits_gives_the_published_ones() -> None:
    assert check_digits("529982247") == (2, 5)
    assert check_digits("111444777") == (3, 5)
    assert check_digits("112223330001") == (8, 1)
    assert check_digits("12ABC34501DE") == (3, 5)


@settings(max_examples=3, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
@given(drawn=st.lists(documents(), min_size=CODES, max_size=CODES))
def test_random_documents_are_judged_as_by_python(
    spark: SparkSession, drawn: list[tuple[str, str, str, bool]]
) -> None:
    documents_given = spark.createDataFrame(
        [(number, *document[:3]) for number, document in enumerate(drawn)],
        "id int, kind string, printed string, code string",
    )
    judged = documents_given.select(
        "id",
        by_kind({kind: normalised_code(F.col("printed"), kind) for kind in KINDS[:2]}).alias(
            "made"
        ),
        by_kind({kind: is_valid_code(F.col("code"), kind) for kind in KINDS[:2]}).alias("valid"),
    )
    found = [(row.made, row.valid) for row in judged.orderBy("id").collect()]
    assert found == [(code, valid) for _, _, code, valid in drawn]


SENTINELS = ("CONSUMIDOR", "PADRÃO", "cliente padrao", "0", "00000000000", "00000000000000")


def classed(name: str, kind: str, sentinels: tuple[str, ...] = SENTINELS) -> Column:
    code = F.col(name)
    return code_class(code, normalised_code(code, kind), sentinels)


def test_sentinels_are_recognised_whatever_their_case_accents_and_spaces(
    spark: SparkSession,
) -> None:
    rows = [
        ("text", None, "none"),
        ("text", "", "none"),
        ("text", "   ", "none"),
        ("text", "CONSUMIDOR", "generic"),
        ("text", "  consumidor ", "generic"),
        ("text", "Consumidôr", "generic"),
        ("text", "PADRÃO", "generic"),
        ("text", "padrão", "generic"),
        ("text", "PADRAO", "generic"),
        ("text", "Padra\u0303o", "generic"),  # the tilde as a character of its own (NFD)
        ("text", "Cliente Padrão", "generic"),
        ("text", "CLIENTE PADRA\u0303O", "generic"),
        ("text", "0", "generic"),
        ("text", "0.0", "generic"),
        ("text", "00000000000", "generic"),
        ("text", "00", "coded"),  # free text keeps its zeros
        ("text", "CONSUMIDORA", "coded"),
        ("text", "CONSUMI DOR", "coded"),
        ("text", "17850.0", "coded"),
        ("cpf", None, "none"),
        ("cpf", "-", "none"),
        ("cpf", "0", "generic"),
        ("cpf", "0.0", "generic"),
        ("cpf", "00", "generic"),
        ("cpf", "000.000.000-00", "generic"),
        ("cpf", "padrão", "generic"),
        ("cpf", "CLIENTE PADRÃO", "generic"),
        ("cpf", "529.982.247-25", "coded"),
        ("cpf", "529.982.247-24", "coded"),  # a wrong digit names somebody all the same
        ("cpf", "111.111.111-11", "coded"),
        ("cnpj", "00.000.000/0000-00", "generic"),
        ("cnpj", "0", "generic"),
        ("cnpj", "12.ABC.345/01DE-35", "coded"),
        ("cnpj", "", "none"),
    ]
    expected = spark.createDataFrame(rows, "kind string, code string, class string")
    classes = {kind: classed("code", kind) for kind in KINDS}
    actual = expected.select("kind", "code", by_kind(classes).alias("class"))
    assert_df_equality(actual, expected)


def test_a_sentinel_is_recognised_beside_any_white_space(spark: SparkSession) -> None:
    rows = [("CONSUMIDOR\u00a0", "generic"), ("\tpadrão", "generic"), ("\u00a0", "none")]
    expected = spark.createDataFrame(rows, "code string, class string NOT NULL")
    actual = expected.select("code", classed("code", "text").alias("class"))
    assert_df_equality(actual, expected)


def test_without_sentinels_every_code_is_a_customers(spark: SparkSession) -> None:
    rows = [("CONSUMIDOR", "coded"), ("0", "coded"), (None, "none"), (" ", "none")]
    expected = spark.createDataFrame(rows, "code string, class string NOT NULL")
    actual = expected.select("code", classed("code", "text", ()).alias("class"))
    assert_df_equality(actual, expected)


def test_folded_text_has_no_accents(spark: SparkSession) -> None:
    rows = [
        (" Açaí à Vera-Cruz ", "ACAI A VERA-CRUZ"),
        ("ÁÀÂÃÄÉÈÊËÍÌÎÏÓÒÔÕÖÚÙÛÜÇÑ", "AAAAAEEEEIIIIOOOOOUUUUCN"),
        ("c\u0327a\u0303o", "CAO"),
        ("", ""),
        (None, None),
    ]
    expected = spark.createDataFrame(rows, "raw string, folded string")
    assert_df_equality(expected.select("raw", folded(F.col("raw")).alias("folded")), expected)


def test_the_keyed_digest_is_that_of_rfc_4231(spark: SparkSession) -> None:
    cases = [
        (
            b"\x0b" * 20,
            "Hi There",
            "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7",
        ),
        (
            b"Jefe",
            "what do ya want for nothing?",
            "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843",
        ),
    ]
    parts = [
        spark.createDataFrame([(message,), (None,)], "message string").transform(
            with_keyed_digest, message=F.col("message"), key=key_row(spark, given_key), name="made"
        )
        for given_key, message, _ in cases
    ]
    made = parts[0].unionByName(parts[1])
    assert made.dtypes == [("message", "string"), ("made", "string")]
    found = sorted((tuple(row) for row in made.collect()), key=repr)
    expected = [(message, digest) for _, message, digest in cases] + 2 * [(None, None)]
    assert found == sorted(expected, key=repr)


def id_by_python(kind: str, code: str) -> int:
    digest = hmac.new(KEY, f"{kind}:{code}".encode(), hashlib.sha256).digest()
    return int.from_bytes(digest[:8], "big", signed=True)


def test_an_id_is_the_first_64_bits_of_pythons_hmac_of_kind_and_code(
    spark: SparkSession, key: DataFrame
) -> None:
    codes = ["52998224725", "00000000191", "17850", "A-1/b 2", "JOSÉ", " ", "0", None]
    given_codes = spark.createDataFrame([(code,) for code in codes], "code string")
    parts = [
        given_codes.repartition(partitions)
        .transform(with_customer_id, code=F.col("code"), kind=kind, key=key)
        .withColumn("kind", F.lit(kind))
        for kind, partitions in (("cpf", 1), ("cpf", 7), ("text", 2))
    ]
    made = parts[0].unionByName(parts[1]).unionByName(parts[2])
    assert made.dtypes == [("code", "string"), ("customer_id", "bigint"), ("kind", "string")]
    found = sorted((tuple(row) for row in made.collect()), key=repr)
    expected = [
        (code, None if code is None else id_by_python(kind, code), kind)
        for kind in ("cpf", "cpf", "text")
        for code in codes
    ]
    assert found == sorted(expected, key=repr)
    ids = {row[1] for row in found if row[1] is not None}
    assert len(ids) == 14  # the kind matters
    assert min(ids) < 0 < max(ids)


def test_a_code_is_new_or_known_and_an_id_that_bears_another_collides(spark: SparkSession) -> None:
    columns = "customer_id bigint, customer_code string, code_kind string"
    known = [(1, "A", "text"), (2, "B", "text"), (3, "191", "cpf"), (-4, "D", "text")]
    given = [
        (1, "A", "text", False, False),
        (2, "C", "text", False, True),  # the id bears B already
        (3, "191", "text", False, True),  # another kind is another code
        (-4, "d", "text", False, True),
        (5, "E", "text", True, False),
        (6, "F", "text", True, True),  # two new codes share an id
        (6, "É", "text", True, True),
    ]
    made = compared_codes(
        spark.createDataFrame([row[:3] for row in given], columns).repartition(3),
        spark.createDataFrame(known, columns),
    )
    assert made.dtypes[3:] == [("is_new", "boolean"), ("collides", "boolean")]
    assert sorted(tuple(row) for row in made.collect()) == sorted(given)


def test_a_known_code_that_shares_its_id_with_a_new_one_collides(spark: SparkSession) -> None:
    columns = "customer_id bigint, customer_code string, code_kind string"
    given = spark.createDataFrame([(1, "A", "text"), (1, "B", "text")], columns)
    known = spark.createDataFrame([(1, "A", "text")], columns)
    made = compared_codes(given, known).select("customer_code", "is_new", "collides")
    assert sorted(tuple(row) for row in made.collect()) == [
        ("A", False, True),
        ("B", False, True),
    ]
