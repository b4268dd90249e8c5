"""Whether CPF, CNPJ and RG can be right (spec §8; docs/registry.md names the sources)."""

from __future__ import annotations

from typing import Literal

from pyspark.sql import Column
from pyspark.sql import functions as F

from schemas.validity import Invalid
from transforms.identity import has_check_digits
from transforms.validity import (
    ascii_digits,
    first_broken,
    is_one_character,
    without_float_tail,
)

TaxId = Literal["cpf", "cnpj"]

_TAX_IDS = {"cpf": (11, "[^0-9]"), "cnpj": (14, "[^0-9A-Z]")}

SHORTEST_RG, LONGEST_RG = 5, 14
_LENGTH_OF_SAO_PAULO = 9
_SAO_PAULO = ("SP", "SSPSP", "IIRGD", "IIRGDSP")  # its issuers, as people write them
_WEIGHTS_OF_SAO_PAULO = (9, 8, 7, 6, 5, 4, 3, 2)

# The number, after what announces it (RG; M, MG, RGM of Minas Gerais; 1/R … of Santa Catarina) and
# before what issued it (SSP/SP, DETRAN/RJ).
_RG = r"^(?:RG)?(?:RGM|MG|M|[0-9]{1,2}R)?([0-9]+X?)([A-Z]{0,12})\z"
_CHECK_DIGIT_APART = r"-\s*[0-9X][^0-9]*\z"


def tax_id_reason(received: Column, cleaned: Column, kind: TaxId) -> Column:
    """Why a CPF or CNPJ is invalid.

    Args:
        received: The text.
        cleaned: What ``transforms.identity.normalised_code`` makes of it.
        kind: ``cpf`` or ``cnpj``.

    Source: spec §2.
    """
    length, strange = _TAX_IDS[kind]
    return first_broken(
        received,
        cleaned,
        (Invalid.WRONG_CHARACTERS, cleaned.rlike(strange)),
        (Invalid.WRONG_LENGTH, F.length(cleaned) != length),
        (Invalid.REPEATED_DIGITS, is_one_character(cleaned)),
        (Invalid.WRONG_CHECK_DIGITS, ~has_check_digits(cleaned, kind)),
    )


def cleaned_rg(received: Column) -> Column:
    """The digits of an RG, with its check digit X, without what announces or issued it.

    A text of another form that has digits keeps its letters; null if it has no digit.
    """
    packed = _packed(received)
    number = F.nullif(F.regexp_extract(packed, _RG, 1), F.lit(""))
    return F.coalesce(number, F.when(packed.rlike("[0-9]"), packed))


def rg_reason(received: Column, cleaned: Column) -> Column:
    """Why an RG is invalid.

    Each state numbers its own, so little can be judged: the form, 5 to 14 characters, and no digit
    throughout. If the text names São Paulo as its issuer, the number has at most 9 characters, and
    the check digit must be right where there is one: in 9 characters, or after a hyphen.

    Args:
        received: The text.
        cleaned: What ``cleaned_rg`` makes of it.
    """
    has_plausible_length = F.length(cleaned).between(SHORTEST_RG, LONGEST_RG)
    of_sao_paulo = _is_of_sao_paulo(received)
    too_long = of_sao_paulo & (F.length(cleaned) > _LENGTH_OF_SAO_PAULO)
    is_whole = F.length(cleaned) == _LENGTH_OF_SAO_PAULO
    has_check_digit = is_whole | F.upper(ascii_digits(received)).rlike(_CHECK_DIGIT_APART)
    return first_broken(
        received,
        cleaned,
        (Invalid.WRONG_CHARACTERS, ~cleaned.rlike(r"^[0-9]+X?\z")),
        (Invalid.WRONG_LENGTH, ~has_plausible_length | too_long),
        (Invalid.REPEATED_DIGITS, is_one_character(cleaned)),
        (
            Invalid.WRONG_CHECK_DIGITS,
            of_sao_paulo & has_check_digit & ~_has_check_digit_of_sao_paulo(cleaned),
        ),
    )


def _packed(received: Column) -> Column:
    whole = without_float_tail(ascii_digits(received))
    return F.regexp_replace(F.upper(whole), "[^0-9A-Z]", "")


def _is_of_sao_paulo(received: Column) -> Column:
    """Whether the text names an issuer of São Paulo; SSP alone is of any state."""
    issuer = F.regexp_extract(_packed(received), _RG, 2)
    return F.upper(received).rlike("SP|IIRGD") & issuer.isin(*_SAO_PAULO)


def _has_check_digit_of_sao_paulo(cleaned: Column) -> Column:
    """Whether the last character is the weighted sum of the eight before it modulo 11 (X is 10)."""
    number = F.lpad(cleaned, _LENGTH_OF_SAO_PAULO, "0")
    total = F.lit(0)
    for place, weight in enumerate(_WEIGHTS_OF_SAO_PAULO, start=1):
        total = total + (F.ascii(F.substring(number, place, 1)) - 48) * weight
    last = F.right(number, F.lit(1))
    check = F.when(last == "X", F.lit(10)).otherwise(F.ascii(last) - 48)
    return total % 11 == check
