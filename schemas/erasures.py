"""Proof that people were erased, and what keeps them from coming back; neither names anybody."""

from schemas.contract import Column, Table

SUPPRESSIONS = Table(
    name="suppressions",
    english="Keyed digests of erased people's codes, who are left out when old files are read.",
    portuguese="Resumos com chave dos códigos de pessoas cujos dados foram eliminados, para que "
    "não voltem.",
    grain="one code of an erased person",
    key=("digest",),
    columns=(
        Column(
            "digest",
            "string",
            "HMAC-SHA-256 of kind and code, under the suppression key",
            "HMAC-SHA-256 do tipo e do código, com a chave de supressão",
            required=True,
        ),
        Column(
            "key_fingerprint",
            "string",
            "Fingerprint of the suppression key, which is never rotated",
            "Impressão digital da chave de supressão, que nunca é trocada",
            required=True,
        ),
        Column(
            "erased_on",
            "date",
            "Day of the erasure",
            "Dia da eliminação",
            required=True,
        ),
    ),
)

ERASURES = Table(
    name="erasures",
    english="Proof of each erasure: what was removed from where, and when, without naming anybody.",
    portuguese="Prova de cada eliminação: o que foi removido de onde e quando, sem nomear ninguém.",
    grain="one carried-out file of requests for erasure",
    key=("sequence",),
    columns=(
        Column(
            "sequence",
            "bigint",
            "The publication that they are gone from (runs.sequence)",
            "A publicação a partir da qual saíram (runs.sequence)",
            required=True,
        ),
        Column("erased_at", "timestamp", "When", "Quando", required=True),
        Column(
            "persons",
            "bigint",
            "People erased, those merged counting as one",
            "Pessoas cujos dados foram eliminados",
            required=True,
        ),
        Column(
            "not_found",
            "bigint",
            "Requests of whom nothing was held, or rejected rows alone",
            "Pedidos de quem nada constava, ou só linhas rejeitadas",
            required=True,
        ),
        Column(
            "removed",
            "map<string,bigint>",
            "Rows removed, or made anonymous in sales, by table",
            "Linhas removidas, ou anonimizadas em vendas, por tabela",
            required=True,
        ),
        Column(
            "gone_by",
            "date",
            "When no file of the lakehouse holds them any more, if maintain runs every day",
            "A partir de quando nenhum arquivo os contém mais, com maintain diário",
            required=True,
        ),
        Column(
            "source_files",
            "array<string>",
            "Source files looked into that still hold them, which are not ours to delete",
            "Arquivos de origem examinados que ainda os contêm",
            required=True,
        ),
        Column(
            "requested_by",
            "string",
            "Who carried the requests in",
            "Quem trouxe os pedidos",
            required=True,
            personal=True,
        ),
    ),
)
