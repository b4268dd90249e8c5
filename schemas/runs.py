"""Publications and the lease: what readers may see, and who may write."""

from schemas.contract import Column, Table

LEASE = "lease"
"""The ``run_id`` of the one row that is the lease."""

RUNS = Table(
    name="runs",
    english="One row per published run, with the version of every table, and one for the lease.",
    portuguese="Uma linha por execução publicada, com a versão de cada tabela, e uma da concessão.",
    grain="one published run; the row named lease is the writer's lease",
    key=("run_id",),
    columns=(
        Column("run_id", "string", "Run, or lease", "Execução, ou lease", required=True),
        Column(
            "sequence",
            "bigint",
            "1 for the first publication, then one more each; null on the lease",
            "1 para a primeira publicação, depois crescente; nulo na concessão",
        ),
        Column("job", "string", "Job that ran", "Tarefa executada"),
        Column("published_at", "timestamp", "Instant of publication", "Instante da publicação"),
        Column("as_of", "array<date>", "Dates computed", "Datas processadas"),
        Column(
            "pruned",
            "array<date>",
            "Dates whose slices this run removed",
            "Datas cujas fatias esta execução removeu",
        ),
        Column(
            "calendar_from",
            "date",
            "First date of the processing calendar, fixed by the first run",
            "Início do calendário de processamento, fixado na primeira execução",
        ),
        Column(
            "versions",
            "map<string,bigint>",
            "Delta version of every table in this publication",
            "Versão Delta de cada tabela nesta publicação",
        ),
        Column("counts", "map<string,bigint>", "What the run counted", "Contagens da execução"),
        Column("parameters", "string", "Settings of the run, JSON", "Parâmetros, JSON"),
        Column("code_version", "string", "Version of the suite", "Versão do código"),
        Column(
            "key_fingerprint",
            "string",
            "Fingerprint of the key behind the customer ids",
            "Impressão digital da chave dos identificadores",
        ),
        Column("owner", "string", "Lease: who holds it", "Concessão: quem a detém"),
        Column("token", "string", "Lease: what its holder must show", "Concessão: senha"),
        Column("expires_at", "timestamp", "Lease: until when", "Concessão: até quando"),
    ),
)
