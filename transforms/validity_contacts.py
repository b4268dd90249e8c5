"""Whether e-mail, phones and CEP can be right (spec §8; docs/registry.md names the sources)."""

from __future__ import annotations

from collections.abc import Sequence

from pyspark.sql import Column
from pyspark.sql import functions as F

from schemas.validity import Invalid
from transforms.texts import text, trimmed
from transforms.validity import digits, first_broken, is_one_character

AREA_CODES = (
    *("11", "12", "13", "14", "15", "16", "17", "18", "19"),
    *("21", "22", "24", "27", "28"),
    *("31", "32", "33", "34", "35", "37", "38"),
    *("41", "42", "43", "44", "45", "46", "47", "48", "49"),
    *("51", "53", "54", "55"),
    *("61", "62", "63", "64", "65", "66", "67", "68", "69"),
    *("71", "73", "74", "75", "77", "79"),
    *("81", "82", "83", "84", "85", "86", "87", "88", "89"),
    *("91", "92", "93", "94", "95", "96", "97", "98", "99"),
)
"""Anatel's national codes (DDD)."""

CEP_RANGES = (
    ("01000", "19999", "SP"),
    ("20000", "28999", "RJ"),
    ("29000", "29999", "ES"),
    ("30000", "39999", "MG"),
    ("40000", "48999", "BA"),
    ("49000", "49999", "SE"),
    ("50000", "56999", "PE"),
    ("57000", "57999", "AL"),
    ("58000", "58999", "PB"),
    ("59000", "59999", "RN"),
    ("60000", "63999", "CE"),
    ("64000", "64999", "PI"),
    ("65000", "65999", "MA"),
    ("66000", "68899", "PA"),
    ("68900", "68999", "AP"),
    ("69000", "69299", "AM"),
    ("69300", "69399", "RR"),
    ("69400", "69899", "AM"),
    ("69900", "69999", "AC"),
    ("70000", "72799", "DF"),
    ("72800", "72999", "GO"),
    ("73000", "73699", "DF"),
    ("73700", "76799", "GO"),
    ("76800", "76999", "RO"),
    ("77000", "77999", "TO"),
    ("78000", "78899", "MT"),
    ("79000", "79999", "MS"),
    ("80000", "87999", "PR"),
    ("88000", "89999", "SC"),
    ("90000", "99999", "RS"),
)
"""The first five digits of each state's CEPs, first and last, as Correios publishes them."""

_STATES = tuple(sorted({state for _, _, state in CEP_RANGES}))
_LENGTH_OF_CEP = 8

# International prefix, country, trunk prefix and carrier; then area code and number.
_PREFIXES = r"^(?:(?:00)?55)?(?:0(?:[1-9][0-9])?)?([1-9][0-9](?:9[0-9]{8}|[2-9][0-9]{7}))\z"
_MOBILE, _LANDLINE = 11, 10  # digits, with the area code
_AREA_CODE = 2

_LONGEST_EMAIL, _LONGEST_LOCAL_PART = 254, 64
_LOCAL_PART = r"^[a-z0-9!#$%&'*+/=?^_`{|}~.-]+\z"
_DOTS_AMISS = r"^\.|\.\.|\.\z"
_LABEL = "[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?"
_DOMAIN = rf"^(?:{_LABEL}\.)+[a-z][a-z0-9-]{{0,61}}[a-z0-9]\z"


def cleaned_email(received: Column) -> Column:
    """An e-mail address trimmed and in small letters; null if nothing is left."""
    return F.lower(text(received))


def email_reason(received: Column, cleaned: Column) -> Column:
    """Why an e-mail address is invalid.

    The rule is that of HTML's ``input type=email``, and more: the domain has a dot, no dot stands
    first, last or beside another, and lengths are those of RFC 5321. Whether the mailbox exists,
    nobody asks.

    Args:
        received: The text.
        cleaned: What ``cleaned_email`` makes of it.
    """
    local = F.substring_index(cleaned, "@", 1)
    domain = F.substring_index(cleaned, "@", -1)
    at_signs = F.length(cleaned) - F.length(F.replace(cleaned, F.lit("@"), F.lit("")))
    is_local_part = (
        (F.length(local) <= _LONGEST_LOCAL_PART)
        & local.rlike(_LOCAL_PART)
        & ~local.rlike(_DOTS_AMISS)
    )
    return first_broken(
        received,
        cleaned,
        (Invalid.NOT_ONE_AT_SIGN, at_signs != 1),
        # Before the patterns, whose work grows with the length.
        (Invalid.WRONG_LENGTH, F.length(cleaned) > _LONGEST_EMAIL),
        (Invalid.WRONG_LOCAL_PART, ~is_local_part),
        (Invalid.WRONG_DOMAIN, ~domain.rlike(_DOMAIN)),
    )


def cleaned_phone(received: Column) -> Column:
    """The digits of a phone number: area code and number, without what is dialled before them.

    That is 55 or +55, the 0 of long distance, and the carrier after it. A text that does not end in
    area code and number keeps all its digits; null if it has none.
    """
    return F.regexp_replace(digits(received), _PREFIXES, "$1")


def mobile_reason(received: Column, cleaned: Column) -> Column:
    """Why a mobile number is invalid: it has an area code that exists, 9, and eight digits.

    Args:
        received: The text.
        cleaned: What ``cleaned_phone`` makes of it.
    """
    length, first = F.length(cleaned), F.left(cleaned, F.lit(1))
    is_local = ((length == _MOBILE - _AREA_CODE) & (first == "9")) | (
        (length == _LANDLINE - _AREA_CODE) & first.between("6", "9")
    )
    after_area = F.substring(cleaned, _AREA_CODE + 1, 1)
    is_old = (length == _LANDLINE) & after_area.between("6", "9")
    return _phone_reason(
        received,
        cleaned,
        is_local,
        (Invalid.NINTH_DIGIT_MISSING, is_old),
        (Invalid.NOT_A_MOBILE, (length != _MOBILE) | (after_area != "9")),
    )


def landline_reason(received: Column, cleaned: Column) -> Column:
    """Why a landline is invalid: it has an area code that exists, and eight digits from 2 to 5 on.

    Args:
        received: The text.
        cleaned: What ``cleaned_phone`` makes of it.
    """
    length = F.length(cleaned)
    is_local = (length == _LANDLINE - _AREA_CODE) & cleaned.rlike("^[2-5]")
    begins_right = F.substring(cleaned, _AREA_CODE + 1, 1).between("2", "5")
    return _phone_reason(
        received,
        cleaned,
        is_local,
        (Invalid.NOT_A_LANDLINE, (length != _LANDLINE) | ~begins_right),
    )


def cleaned_cep(received: Column) -> Column:
    """The digits of a CEP; null if it has none."""
    return digits(received)


def known_state(state: Column) -> Column:
    """The state as its two letters, null where a text is not one of the 27."""
    letters = F.upper(trimmed(state))
    return F.when(letters.isin(*_STATES), letters)


def cep_reason(received: Column, cleaned: Column, state: Column) -> Column:
    """Why a CEP is invalid; against the state only where one is known.

    Args:
        received: The text.
        cleaned: What ``cleaned_cep`` makes of it.
        state: What ``known_state`` makes of the state of the same address.
    """
    return first_broken(
        received,
        cleaned,
        (Invalid.WRONG_LENGTH, F.length(cleaned) != _LENGTH_OF_CEP),
        (Invalid.REPEATED_DIGITS, is_one_character(cleaned)),
    ).otherwise(_reason_by_range(F.left(cleaned, F.lit(5)), state, CEP_RANGES))


def _reason_by_range(
    start: Column, state: Column, ranges: Sequence[tuple[str, str, str]]
) -> Column:
    """Why a CEP that starts so is in the wrong place, by bisection."""
    if len(ranges) == 1:
        first, last, found = ranges[0]
        is_outside = ~start.between(first, last)
        return F.when(is_outside, F.lit(Invalid.OUTSIDE_EVERY_STATE.value)).when(
            state != found, F.lit(Invalid.ANOTHER_STATE.value)
        )
    middle = len(ranges) // 2
    before, after = (_reason_by_range(start, state, r) for r in (ranges[:middle], ranges[middle:]))
    return F.when(start < ranges[middle][0], before).otherwise(after)


def _phone_reason(
    received: Column, cleaned: Column, is_local: Column, *rules: tuple[Invalid, Column]
) -> Column:
    return first_broken(
        received,
        cleaned,
        (Invalid.REPEATED_DIGITS, is_one_character(cleaned)),
        (Invalid.AREA_CODE_MISSING, is_local),
        (Invalid.WRONG_LENGTH, ~F.length(cleaned).isin(_LANDLINE, _MOBILE)),
        (Invalid.UNKNOWN_AREA_CODE, ~F.left(cleaned, F.lit(_AREA_CODE)).isin(*AREA_CODES)),
        *rules,
    )
