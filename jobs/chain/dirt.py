"""The registry of persons as clerks keep it: gaps, slips and people who stand in it twice.

What is wrong with each entry is known and goes into a file of its own, so that whoever cleans the
registry can be measured.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from jobs.chain.calendar import Chain
from jobs.chain.codes import mistyped, punctuated, without_zeros
from jobs.chain.persons import cep
from jobs.chain.randomness import WHOLE, Draws
from jobs.chain.words import CITIES, LOYALTY_PROGRAMME
from transforms.identity import folded

FIELDS = [
    "Ficha",
    "CPF",
    "RG",
    "Nome",
    "Nascimento",
    "Sexo",
    "Estado civil",
    "E-mail",
    "Celular",
    "Endereço",
    "Bairro",
    "Cidade",
    "UF",
    "CEP",
    "Papel",
    "Loja",
    "Cadastro",
    "Não contatar",
    "Canais recusados",
    "Programa",
    "Categoria",
    "Atualizado em",
    "Fictício",
]
TRUTH = ("Ficha", "Pessoa", "CPF", "CPF certo", "Duplicata", "Defeitos")

_BRAZILIAN_DAY = "dd/MM/yyyy"


class Slip(NamedTuple):
    """A way in which a field can be wrong.

    Attributes:
        name: What the file of the truth calls it.
        share: How many of 10,000 people's first entries have it.
        of_copies: Likewise, of their further entries.
        value: What then stands in the field; null where nothing does.
    """

    name: str
    share: int
    of_copies: int
    value: Column


def registry(entries: DataFrame, chain: Chain, draws: Draws) -> DataFrame:
    """The registry of persons with its slips.

    Args:
        entries: What ``persons.entries`` returns.
        chain: The chain.
        draws: The chain's draws.

    Returns:
        One row per entry with the columns of the file (``FIELDS``) and of the truth (``TRUTH``):
        text as clerks typed it, null where there is none; ``Cadastro`` is a date and ``Atualizado
        em`` a time without zone. ``Fictício`` is S in every row.
    """
    right, slips = _right(chain, draws), _slips(draws)
    picked = {_pick(field): _picked(draws, field, each) for field, each in slips.items()}
    names = [
        F.when(F.col(_pick(field)) == number, F.lit(slip.name))
        for field, each in slips.items()
        for number, slip in enumerate(each, start=1)
    ]
    return entries.withColumns(picked).select(
        *(
            _typed(field, value, slips.get(field, ())).alias(field)
            for field, value in right.items()
        ),
        F.col("person").alias("Pessoa"),
        F.col("cpf").alias("CPF certo"),
        F.when(F.col("is_copy"), "S").otherwise("N").alias("Duplicata"),
        F.concat_ws("|", *names).alias("Defeitos"),
    )


def _pick(field: str) -> str:
    """The column that says which slip a field has: 0 none, 1 the first, and so on."""
    return f"slip of {field}"


def _picked(draws: Draws, field: str, slips: Sequence[Slip]) -> Column:
    draw = draws.below(WHOLE, _pick(field), F.col("entry"))
    picked = F.lit(0)
    for number in range(len(slips), 0, -1):
        first = sum(each.share for each in slips[:number])
        of_copies = sum(each.of_copies for each in slips[:number])
        below = F.when(F.col("is_copy"), F.lit(of_copies)).otherwise(F.lit(first))
        picked = F.when(draw < below, F.lit(number)).otherwise(picked)
    return picked


def _typed(field: str, right: Column, slips: Sequence[Slip]) -> Column:
    value = right
    for number, slip in enumerate(slips, start=1):
        value = F.when(F.col(_pick(field)) == number, slip.value).otherwise(value)
    return value


def _right(chain: Chain, draws: Draws) -> Mapping[str, Column]:
    """Each field of the file as a careful clerk fills it in."""
    entry, code, rg = F.col("entry"), F.col("cpf"), F.col("rg")
    mobile, postal = F.col("mobile"), F.col("cep")
    area, series, rest = (F.substring(mobile, *place) for place in ((1, 2), (3, 5), (8, 4)))
    careful = draws.chance(6500, "punctuates", entry)
    start = F.lit(chain.first_day)
    midnight = F.date_add(start, F.col("updated").cast("int")).cast("timestamp_ntz")
    right = {
        "Ficha": entry,
        "CPF": F.when(careful, punctuated(code)).otherwise(code),
        "RG": F.concat_ws(
            ".", F.substring(rg, 1, 2), F.substring(rg, 3, 3), _split(F.substring(rg, 6, 4), 3)
        ),
        "Nome": F.col("name"),
        "Nascimento": F.date_format("born", _BRAZILIAN_DAY),
        "Sexo": F.col("sex"),
        "Estado civil": F.col("marital_status"),
        "E-mail": F.col("email"),
        "Celular": F.when(careful, F.format_string("(%s) %s-%s", area, series, rest)).otherwise(
            mobile
        ),
        "Endereço": F.concat_ws(", ", "street", "house"),
        "Bairro": F.col("district"),
        "Cidade": F.col("city"),
        "UF": F.col("state"),
        "CEP": F.when(careful, _split(postal, 5)).otherwise(postal),
        "Papel": F.col("role"),
        "Loja": F.col("store"),
        "Cadastro": F.date_add(start, F.col("registered").cast("int")),
        "Não contatar": F.col("opted_out"),
        "Canais recusados": F.col("channels_opted_out"),
        "Programa": F.when(F.col("category").isNotNull(), F.lit(LOYALTY_PROGRAMME)),
        "Categoria": F.col("category"),
        "Atualizado em": midnight + F.make_dt_interval(secs=F.col("second")),
        "Fictício": F.lit("S"),
    }
    return {field: right[field] for field in FIELDS}


def _slips(draws: Draws) -> Mapping[str, tuple[Slip, ...]]:
    """What may be wrong with each field; the rest of 10,000 entries have it right."""
    return {**_slips_of_identity(draws), **_slips_of_contact(draws), **_gaps()}


def _slips_of_identity(draws: Draws) -> dict[str, tuple[Slip, ...]]:
    entry, name, code = F.col("entry"), F.col("name"), F.col("cpf")
    nothing = F.lit(None).cast("string")
    place = (draws.below(10_000, "letter", entry) % (F.length(name) - 2) + 2).cast("int")
    doubled = F.overlay(name, F.repeat(F.substr(name, place, F.lit(1)), F.lit(2)), place, F.lit(1))
    wide = F.concat(F.lit("  "), F.replace(name, F.lit(" "), F.lit("  ")), F.lit(" "))
    written_out = F.when(F.col("sex") == "F", F.lit("Feminino")).otherwise(F.lit("Masculino"))
    return {
        "CPF": (
            Slip("cpf_ausente", 20, 300, nothing),
            Slip("cpf_invalido", 120, 4500, mistyped(draws, code, "clerk mistypes", entry)),
            Slip("cpf_sem_zeros", 500, 1000, without_zeros(code)),
        ),
        "Nome": (
            Slip("nome_ausente", 100, 100, nothing),
            Slip("nome_em_maiusculas_sem_acento", 1500, 2500, folded(name)),
            Slip("nome_abreviado", 200, 1500, F.col("short_name")),
            Slip("nome_com_letra_dobrada", 60, 600, doubled),
            Slip("nome_sem_uma_letra", 60, 600, F.overlay(name, F.lit(""), place, F.lit(1))),
            Slip("nome_com_espacos_demais", 200, 200, wide),
        ),
        "Nascimento": (
            Slip("nascimento_ausente", 1000, 1500, nothing),
            Slip("nascimento_generico", 150, 150, F.lit("01/01/1900")),
            Slip("nascimento_futuro", 20, 20, F.lit("05/03/2088")),
            Slip("nascimento_impossivel", 30, 30, F.lit("31/02/1980")),
        ),
        "Sexo": (
            Slip("sexo_ausente", 900, 1500, nothing),
            Slip("sexo_por_extenso", 400, 400, written_out),
        ),
    }


def _slips_of_contact(draws: Draws) -> dict[str, tuple[Slip, ...]]:
    entry, email, mobile, postal = (F.col(name) for name in ("entry", "email", "mobile", "cep"))
    nothing = F.lit(None).cast("string")
    kind = draws.below(3, "wrong e-mail", entry)
    wrong_email = (
        F.when(kind == 0, F.translate(email, "@", ""))
        .when(kind == 1, F.lit("nao tem"))
        .otherwise(F.concat(F.lit("www."), F.replace(email, F.lit("@"), F.lit(" @"))))
    )
    short = draws.chance(5000, "too short", entry)
    elsewhere = cep(draws, (F.col("place") + _OTHER_STATE) % len(CITIES))
    return {
        "E-mail": (
            Slip("email_ausente", 2500, 3500, nothing),
            Slip("email_invalido", 300, 300, wrong_email),
            Slip("email_outro", 0, 2500, F.col("other_email")),
        ),
        "Celular": (
            Slip("celular_ausente", 1500, 2500, nothing),
            Slip(
                "celular_invalido",
                400,
                400,
                F.when(short, F.substring(mobile, 1, 9)).otherwise(F.lit("99999999")),
            ),
            Slip("celular_outro", 0, 2000, F.col("other_mobile")),
        ),
        "CEP": (
            Slip("cep_ausente", 2200, 3000, nothing),
            Slip(
                "cep_invalido",
                200,
                200,
                F.when(short, F.substring(postal, 1, 7)).otherwise(F.lit("00000-000")),
            ),
            Slip("cep_de_outro_estado", 150, 150, elsewhere),
        ),
    }


_OTHER_STATE = 7  # so many cities further lies another state, for every city


def _gaps() -> dict[str, tuple[Slip, ...]]:
    nothing = F.lit(None).cast("string")
    return {
        "RG": (Slip("rg_ausente", 4500, 4500, nothing),),
        "Endereço": (
            Slip("endereco_ausente", 2500, 3000, nothing),
            Slip("endereco_sem_numero", 300, 300, F.col("street")),
        ),
        "Bairro": (Slip("bairro_ausente", 2800, 3000, nothing),),
        "Cidade": (Slip("cidade_ausente", 800, 1000, nothing),),
        "UF": (Slip("uf_ausente", 800, 1000, nothing),),
        "Cadastro": (Slip("cadastro_ausente", 200, 0, F.lit(None).cast("date")),),
    }


def _split(digits: Column, after: int) -> Column:
    """``01234567`` as ``01234-567``, with the mark after so many digits."""
    return F.concat(
        F.substring(digits, 1, after), F.lit("-"), F.substring(digits, after + 1, _REST)
    )


_REST = 9  # longer than any rest
