"""Rows kept as received that name a person in whatever form (spec §8)."""

from __future__ import annotations

from functools import reduce

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from schemas.person_history import Kind
from transforms.identity import FEWEST_DIGITS, bare_code, folded, without_leading_zeros
from transforms.suppression import codes_of_every_kind
from transforms.texts import text
from transforms.validity_contacts import cleaned_email, cleaned_phone
from transforms.validity_documents import cleaned_rg

PHONE, EMAIL, NAME, RG = "phone", "email", "name", "rg"
"""What names people besides codes, the ``kind`` of a value."""

_TELLING = r"\p{L}|(\p{N} ?){5}"
"""What tells a code from what is in anybody's row: fewer digits may be a day, a year, an amount."""

_NUMBER_OF_RG = r"^(?!([0-9])\1*X?$)[0-9]{5,}X?$"
"""An RG of five digits at least that are not all the same, which is what people type of none."""

_ADDRESS = r"[^\s@]@[\p{L}\p{N}]"
"""What an e-mail has that may name somebody; ``x`` and ``-`` are typed of none."""

_BETWEEN_ADDRESSES = r"[^\p{L}\p{N}@._%+-]+|[._%+-]+(?![\p{L}\p{N}])|(?<![\p{L}\p{N}])[._%+-]+"
"""What no e-mail address has, or not at its ends."""

_WITH_AREA_CODE = 10


def is_written_in_full(code: Column) -> Column:
    """Whether a code lacks no zeros as a CPF or CNPJ: eleven or fourteen digits, or letters too.

    Another number is the code of a CPF or CNPJ only if zeros are put before it, which makes it that
    of anybody. Null in, null out.
    """
    bare = bare_code(code, "cpf")
    return ~bare.rlike(r"^\d+$") | F.length(bare).isin(11, 14)


def values_of(registered: DataFrame) -> DataFrame:
    """What registrations name people by besides their codes.

    Args:
        registered: Rows of ``persons_received`` or ``persons``.

    Returns:
        ``customer_id``, ``kind`` and ``value``, a row for each that is filled: phones and e-mail,
        cleaned, the whole name in capitals, and the RG as it is spelt.
    """
    cleaned = (
        (PHONE, cleaned_phone(F.col("mobile"))),
        (PHONE, cleaned_phone(F.col("phone"))),
        (EMAIL, cleaned_email(F.col("email"))),
        (NAME, _whole_name()),
        (RG, text(F.col("identity_document"))),
    )
    named = [F.struct(F.lit(kind).alias("kind"), value.alias("value")) for kind, value in cleaned]
    found = registered.select("customer_id", F.inline(F.array(*named)))
    return found.where(F.col("value").isNotNull())


def values_corrected(history: DataFrame) -> DataFrame:
    """The phones and e-mails that stood before corrections, and those that were given.

    Args:
        history: Rows of ``person_history``.

    Returns:
        What ``values_of`` returns.
    """
    is_correction = F.col("kind") == Kind.CORRECT.value
    said = history.where(is_correction).select(
        "customer_id", "field", F.explode(F.array("old_value", "new_value")).alias("said")
    )
    of_email, of_phone = F.col("field") == "email", F.col("field") == "mobile"
    value = F.when(of_email, cleaned_email(F.col("said"))).when(
        of_phone, cleaned_phone(F.col("said"))
    )
    kind = F.when(of_email, F.lit(EMAIL)).otherwise(F.lit(PHONE))
    found = said.select("customer_id", kind.alias("kind"), value.alias("value"))
    return found.where(F.col("value").isNotNull())


def values_of_few(values: DataFrame, everybodys: DataFrame, most_sharing: int) -> DataFrame:
    """The values by which a row may be shown to whom it names: few others can have them.

    Left out are what more than ``most_sharing`` people are registered with (the store's own e-mail,
    a frequent name), phones without area code, and RGs, since each state numbers its own.

    Args:
        values: ``kind`` and ``value``, once each.
        everybodys: What ``values_of`` makes of all registrations.
        most_sharing: How many people one value may belong to.
    """
    both = ["kind", "value"]
    shared = (
        everybodys.join(F.broadcast(values), on=both, how="left_semi")
        .groupBy(*both)
        .agg(F.count_distinct("customer_id").alias("people"))
        .where(F.col("people") > most_sharing)
    )
    is_local = (F.col("kind") == PHONE) & (F.length("value") < _WITH_AREA_CODE)
    told = values.where((F.col("kind") != RG) & ~is_local)
    return told.join(F.broadcast(shared), on=both, how="left_anti")


def rows_that_name(rows: DataFrame, codes: DataFrame, values: DataFrame) -> DataFrame:
    """The rows whose ``raw_row`` holds a person's code, phone, e-mail, whole name or RG.

    Digits are compared without what stands between them, so a code is found however it is
    punctuated, and if a numeric column lost its leading zeros; letters without case and accents. A
    code is also sought as it is spelt, as words of their own: of fewer digits than
    ``FEWEST_DIGITS`` it would be part of anybody's numbers. Fewer than five without a letter are
    not sought at all. An RG is sought as a code is. Of digits rather a row too many than one too
    few; an e-mail or a name in a longer one is another's: ``ana@`` is no ``juliana@``.

    Args:
        rows: Rows with ``raw_row``.
        codes: ``code`` of the people sought, whether anything else is held of them or not.
        values: ``kind`` and ``value``, as ``values_of`` returns them.

    Returns:
        The rows, once each.
    """

    def of_kind(kind: str) -> DataFrame:
        return values.where(F.col("kind") == kind)

    # Zeros alone are what a till writes of nobody.
    codes = codes.where(F.col("code").rlike(r"[1-9\p{L}]"))
    documents = of_kind(RG).withColumn("number", cleaned_rg(F.col("value")))
    documents = documents.where(F.col("number").rlike(_NUMBER_OF_RG))
    names = of_kind(NAME).select(_words(F.col("value")).alias("sought"))
    emails = of_kind(EMAIL).where(F.col("value").rlike(_ADDRESS))
    sought_in = {
        "row_digits": _as_digits(codes, documents, of_kind(PHONE)),
        "row_words": _as_words(codes, documents).unionByName(names),
        "row_addresses": emails.select(_addresses(F.col("value")).alias("sought")),
    }
    given = rows.withColumns(
        {
            "row_digits": _digits(F.col("raw_row")),
            "row_words": _words(F.col("raw_row")),
            "row_addresses": _addresses(F.col("raw_row")),
        }
    )
    found = [
        given.join(F.broadcast(each.distinct()), on=F.contains(name, "sought"), how="left_semi")
        for name, each in sought_in.items()
    ]
    return reduce(DataFrame.unionByName, found).select(*rows.columns).distinct()


def _as_digits(codes: DataFrame, documents: DataFrame, phones: DataFrame) -> DataFrame:
    """``sought``: digits enough to be nobody else's."""
    numbers = codes.select(F.col("code").alias("number")).unionByName(documents.select("number"))
    digits = numbers.select(
        without_leading_zeros(_digits(F.col("number"))).alias("sought")
    ).unionByName(phones.select(F.col("value").alias("sought")))
    return digits.where(F.length("sought") >= FEWEST_DIGITS)


def _as_words(codes: DataFrame, documents: DataFrame) -> DataFrame:
    """``sought``: codes and RGs as they are spelt, with a space around."""
    spelt = (
        codes_of_every_kind(codes.select("code"))
        .select(F.col("customer_code").alias("spelt"))
        .unionByName(documents.select(F.explode(F.array("value", "number")).alias("spelt")))
    )
    words = spelt.select(_words(F.col("spelt")).alias("sought"))
    return words.where(F.col("sought").rlike(_TELLING))


def _whole_name() -> Column:
    """Name and surname as plain words; a name of one word is anybody's."""
    words = F.btrim(_words(F.col("name")))
    return F.when(folded(F.col("name")).contains(" ") & words.contains(" "), words)


def _words(written: Column) -> Column:
    """The words of a text in capitals without accents, a space around each."""
    return _spaced(written, r"[^\p{L}\p{N}]+")


def _addresses(written: Column) -> Column:
    """As ``_words``, but for the e-mail addresses, which stay whole."""
    return _spaced(written, _BETWEEN_ADDRESSES)


def _spaced(written: Column, between: str) -> Column:
    # JSON writes a tab as a backslash and a letter, which would begin the next word.
    plain = F.regexp_replace(folded(written), r"\\[BFNRT]", " ")
    apart = F.regexp_replace(plain, between, " ")
    return F.concat(F.lit(" "), F.btrim(apart), F.lit(" "))


def _digits(written: Column) -> Column:
    return F.regexp_replace(written, r"\D", "")
