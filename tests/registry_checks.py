"""The rules of docs/registry.md in plain Python, written apart from those in Spark."""

from __future__ import annotations

import re
from datetime import date

WHITE_SPACE = " \t\n\r\v\f\u00a0\u2007\u202f\ufeff"
FULL_WIDTH = {0xFF10 + digit: str(digit) for digit in range(10)}

AREA_CODES = {
    int(tens) * 10 + int(unit)
    for tens, units in {
        "1": "123456789",
        "2": "12478",
        "3": "1234578",
        "4": "123456789",
        "5": "1345",
        "6": "123456789",
        "7": "134579",
        "8": "123456789",
        "9": "123456789",
    }.items()
    for unit in units
}

LAST_CEP = {  # in thousands: the last of each range; the next begins after it
    19_999: "SP",
    28_999: "RJ",
    29_999: "ES",
    39_999: "MG",
    48_999: "BA",
    49_999: "SE",
    56_999: "PE",
    57_999: "AL",
    58_999: "PB",
    59_999: "RN",
    63_999: "CE",
    64_999: "PI",
    65_999: "MA",
    68_899: "PA",
    68_999: "AP",
    69_299: "AM",
    69_399: "RR",
    69_899: "AM",
    69_999: "AC",
    72_799: "DF",
    72_999: "GO",
    73_699: "DF",
    76_799: "GO",
    76_999: "RO",
    77_999: "TO",
    78_899: "MT",
    78_999: "",
    79_999: "MS",
    87_999: "PR",
    89_999: "SC",
    99_999: "RS",
}

Judged = tuple[str | None, str | None]
"""A cleaned value, and the reason for which it is invalid."""

NOTHING: Judged = (None, "nothing_usable")


def judge(field: str, received: str | None, state: str | None = None) -> Judged:
    """What becomes of a text in a field."""
    if received is None or not received.strip(WHITE_SPACE):
        return None, None
    given = received.strip(WHITE_SPACE)
    if field == "email":
        return _email(given.lower())
    if field in ("cpf", "cnpj"):
        return _tax_id(given, field)
    plain = given.translate(FULL_WIDTH)
    return _rg(plain.upper()) if field == "rg" else _number(_digits(plain), field, state)


def check_digits(body: str) -> str:
    """The check digits of a CPF or CNPJ in their other form: rising weights, 10 is 0."""
    for _ in range(2):
        values = [ord(character) - 48 for character in body]
        if len(body) < 12:
            weights = range(10 - len(values), 10)
        else:
            weights = [9 - place % 8 for place in range(len(values))][::-1]  # type: ignore[assignment]
        total = sum(a * b for a, b in zip(values, weights, strict=True))
        body += str(total % 11 % 10)
    return body[-2:]


def birth_date_reason(born: date | None, as_of: date) -> str | None:
    """Why a birth date is invalid."""
    if born is None:
        return None
    if born > as_of:
        return "in_the_future"
    if born < date(1900, 1, 1):
        return "before_1900"
    day = min(born.day, 28) if born.month == 2 and as_of.year % 4 else born.day
    years = as_of.year - born.year - ((as_of.month, as_of.day) < (born.month, day))
    return "too_old" if years > 120 else None


def _whole(text: str) -> str:
    is_float = text.endswith(".0") and text[:-2].isascii() and text[:-2].isdigit()
    return text[:-2] if is_float else text


def _digits(text: str) -> str | None:
    return "".join(each for each in _whole(text) if each in "0123456789") or None


def _number(digits: str | None, field: str, state: str | None) -> Judged:
    if digits is None:
        return NOTHING
    if field == "cep":
        return digits, _cep(digits, state)
    number = _national(digits)
    return number, _phone(number, is_mobile=field == "mobile")


def _tax_id(text: str, kind: str) -> Judged:
    length = {"cpf": 11, "cnpj": 14}[kind]
    whole = re.sub(r"\A([0-9]+)\.0+\Z", r"\1", text)
    bare = "".join(each for each in whole if each not in ".-/ \t\n\r\v\f\u00a0").upper()
    if not bare:
        return NOTHING
    if bare.isascii() and bare.isdigit():
        bare = bare.rjust(length, "0")
    allowed = "0123456789" + ("" if kind == "cpf" else "ABCDEFGHIJKLMNOPQRSTUVWXYZ")
    if set(bare) - set(allowed):
        return bare, "wrong_characters"
    if len(bare) != length:
        return bare, "wrong_length"
    if len(set(bare)) == 1:
        return bare, "repeated_digits"
    return bare, None if check_digits(bare[:-2]) == bare[-2:] else "wrong_check_digits"


def _rg(text: str) -> Judged:
    packed = "".join(each for each in _whole(text) if each.isascii() and each.isalnum())
    form = re.fullmatch(
        r"(RG)?(?:MG|M|RGM|\dR|\d\dR)?(?P<number>\d+X?)(?P<issuer>[A-Z]{,12})", packed, re.ASCII
    )
    if not re.search("[0-9]", packed):
        return NOTHING
    if form is None:
        return packed, "wrong_characters"
    number, issuer = form["number"], form["issuer"]
    is_paulista = issuer in ("SP", "SSPSP", "IIRGD", "IIRGDSP")
    if not 5 <= len(number) <= (9 if is_paulista else 14):
        return number, "wrong_length"
    if len(set(number)) == 1:
        return number, "repeated_digits"
    hyphened = re.search(r"-\s*[0-9X][^0-9]*\Z", text) is not None
    if is_paulista and (len(number) == 9 or hyphened):
        body = number[:-1].rjust(8, "0")
        weighed = sum(int(digit) * (9 - place) for place, digit in enumerate(body))
        if "0123456789X"[weighed % 11] != number[-1]:
            return number, "wrong_check_digits"
    return number, None


def _email(address: str) -> Judged:
    local, *domains = address.split("@")
    if len(domains) != 1:
        return address, "not_one_at_sign"
    if len(address) > 254:
        return address, "wrong_length"
    letters = "abcdefghijklmnopqrstuvwxyz0123456789"
    atoms = local.split(".")
    if len(local) > 64 or not all(atoms) or set(local) - set(letters + ".!#$%&'*+/=?^_`{|}~-"):
        return address, "wrong_local_part"
    labels = domains[0].split(".")
    for label in labels:
        if (
            not 1 <= len(label) <= 63
            or set(label) - set(letters + "-")
            or "-" in label[:: len(label) - 1 or 1]
        ):
            return address, "wrong_domain"
    last = labels[-1]
    if len(labels) < 2 or len(last) < 2 or last[0].isdigit():
        return address, "wrong_domain"
    return address, None


def _national(digits: str) -> str:
    """Area code and number, whatever is dialled before them."""
    found = set()
    for country in ("", "55", "0055"):
        for trunk in ("", "0", "0cc"):
            start = len(country) + len(trunk)
            carrier = digits[start - 2 : start] if trunk == "0cc" else "10"
            rest = digits[start:]
            if (
                digits.startswith(country + trunk[:1])
                and carrier[:1] not in ("", "0")
                and rest[:1] not in ("", "0")
                and ((len(rest) == 10 and rest[2] > "1") or (len(rest) == 11 and rest[2] == "9"))
            ):
                found.add(rest)
    assert len(found) < 2, found
    return found.pop() if found else digits


def _phone(number: str, *, is_mobile: bool) -> str | None:
    first, third = number[0], number[2:3]
    if is_mobile:
        is_local = (len(number), first) in {(9, "9"), *((8, each) for each in "6789")}
        is_right = len(number) == 11 and third == "9"
    else:
        is_local = len(number) == 8 and first in "2345"
        is_right = len(number) == 10 and third in "2345"
    broken = {
        "repeated_digits": len(set(number)) == 1,
        "area_code_missing": is_local,
        "wrong_length": len(number) not in (10, 11),
        "unknown_area_code": first == "0" or int(number[:2]) not in AREA_CODES,
        "ninth_digit_missing": is_mobile and len(number) == 10 and third in "6789",
        "not_a_mobile": is_mobile and not is_right,
        "not_a_landline": not is_mobile and not is_right,
    }
    return next((reason for reason, is_so in broken.items() if is_so), None)


def _cep(digits: str, state: str | None) -> str | None:
    if len(digits) != 8:
        return "wrong_length"
    if len(set(digits)) == 1:
        return "repeated_digits"
    start = int(digits[:5])
    found = next(state for last, state in LAST_CEP.items() if start <= last)
    if start < 1000 or not found:
        return "outside_every_state"
    named = (state or "").strip(WHITE_SPACE).upper()
    return "another_state" if named in set(LAST_CEP.values()) - {"", found} else None
