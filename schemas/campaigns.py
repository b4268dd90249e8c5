"""Activation: actions, whom they address, whom they do not and why, and what came of them."""

from schemas.contract import AS_OF, MONEY, Column, Table

ACTION = Column("action_code", "string", "Action", "Ação", required=True)
_DRAWN = Column(
    "customer_id",
    "bigint",
    "Customer as drawn; merges says who stands for her now",
    "Cliente como sorteado; merges diz quem o representa agora",
    required=True,
)
GROUP = Column(
    "list_group",
    "string",
    "list: addressed; control: held back for comparison",
    "list: abordado; control: retido para comparação",
    required=True,
)
_WHOLE = "decimal(38,0)"

ACTIONS = Table(
    name="actions",
    english="Actions as they were declared, with their campaign, and where each stands.",
    portuguese="Ações como foram declaradas, com a campanha, e a situação de cada uma.",
    grain="one action",
    key=("action_code",),
    columns=(
        ACTION,
        Column("title", "string", "Title", "Título", required=True),
        Column("campaign_code", "string", "Its campaign; null: none", "Campanha; nulo: nenhuma"),
        Column("campaign_title", "string", "Title of the campaign", "Título da campanha"),
        Column(
            "objective",
            "string",
            "image, relationship or sales",
            "imagem, relacionamento ou vendas",
            required=True,
        ),
        Column("channel", "string", "How customers are contacted", "Canal", required=True),
        Column("valid_from", "date", "First day of its validity", "Início", required=True),
        Column("valid_to", "date", "Last day of its validity", "Fim", required=True),
        Column(
            "state",
            "string",
            "draft, listed, running or closed; given_up: ended before it ran",
            "rascunho (draft), com lista (listed), em curso (running), encerrada (closed); "
            "desistida (given_up): terminada antes de começar",
            required=True,
        ),
        Column(
            "declaration",
            "string",
            "The file that declared it, as JSON",
            "O arquivo que a declarou, em JSON",
            required=True,
        ),
        Column("listed_as_of", "date", "Date of its list", "Data da lista"),
        Column(
            "control_share",
            "decimal(7,6)",
            "Planned share of the control in all drawn",
            "Parcela planejada do controle",
        ),
        Column("listed", "bigint", "Customers on its list, when drawn", "Clientes na lista"),
        Column("control", "bigint", "Customers in its control, when drawn", "Clientes no controle"),
        Column("changed_at", "timestamp", "Last change", "Última mudança", required=True),
    ),
    constraints={
        "state_is_known": "state IN ('draft', 'listed', 'running', 'closed', 'given_up')",
        "validity_is_in_order": "valid_from <= valid_to",
    },
)

ACTION_LISTS = Table(
    name="action_lists",
    english="The list and the control of each action, as drawn; only erasure changes them.",
    portuguese="A lista e o controle de cada ação, como sorteados; só a eliminação os altera.",
    grain="one customer drawn for an action",
    key=("action_code", "customer_id"),
    columns=(
        ACTION,
        _DRAWN,
        GROUP,
        Column(
            "stratum",
            "string",
            "What she was drawn within; empty where nothing was stratified",
            "Estrato do sorteio; vazio se não houve",
            required=True,
        ),
        Column("store_code", "string", "Main store on that date", "Loja principal na data"),
        Column(
            "salesperson_code",
            "string",
            "Salesperson who addresses her",
            "Vendedor que a aborda",
        ),
        Column(
            "is_lent",
            "boolean",
            "Lent for the action by a portfolio in transition",
            "Emprestado por uma carteira em transição",
            required=True,
        ),
        Column("segment", "string", "Segment of the life cycle that day", "Segmento na data"),
        Column("category", "string", "RFV category that day", "Categoria RFV na data"),
        Column(
            "reasons",
            "array<string>",
            "The filters that she fulfilled; everybody where the action has none",
            "Os filtros que cumpriu; everybody se a ação não tem nenhum",
            required=True,
        ),
    ),
    constraints={"group_is_known": "list_group IN ('list', 'control')"},
)

ACTION_EXCLUSIONS = Table(
    name="action_exclusions",
    english="How many customers the filter of an action found, and why some are not on its list.",
    portuguese="Quantos clientes o filtro achou e por que alguns não estão na lista.",
    grain="one reason of one action",
    key=("action_code", "reason"),
    columns=(
        ACTION,
        Column(
            "reason",
            "string",
            "opted_out, channel_opted_out, blocked, held_out, contacted_recently, in_other_action, "
            "unreachable; none: drawn",
            "Motivo; none: sorteado",
            required=True,
        ),
        Column(
            "customers",
            "bigint",
            "Customers for whom it is the first that applies, in that order",
            "Clientes para quem é o primeiro motivo, nessa ordem",
            required=True,
        ),
        Column(
            "customers_in_all",
            "bigint",
            "Customers to whom it applies",
            "Clientes a quem se aplica",
            required=True,
        ),
    ),
)

HOLDOUT = Table(
    name="holdout",
    english="Who was drawn into the holdout, whom no action addresses, and who was not.",
    portuguese="Quem foi sorteado para o grupo de controle universal, que nenhuma ação aborda, e "
    "quem não foi.",
    grain="one customer of one holdout",
    key=("holdout", "customer_id"),
    columns=(
        Column("holdout", "string", "Name of the holdout", "Nome do grupo", required=True),
        _DRAWN,
        Column("is_held_out", "boolean", "Whether she is in it", "Se está nele", required=True),
        Column(
            "drawn_on",
            "date",
            "Date of the list that drew her",
            "Data da lista que a sorteou",
            required=True,
        ),
        Column(
            "share",
            "decimal(7,6)",
            "Share that was held out of those drawn with her",
            "Parcela retida no sorteio dela",
            required=True,
        ),
    ),
)

_SUMS = (
    Column("customers", "bigint", "Customers, buyers or not", "Clientes", required=True),
    Column(
        "before",
        _WHOLE,
        "Net value in the period before, in ten-thousandths",
        "Valor líquido no período anterior, em décimos de milésimo",
        required=True,
    ),
    Column("before_squares", _WHOLE, "Sum of its squares", "Soma dos quadrados", required=True),
    *(
        Column(
            f"{kind}_{measure}",
            _WHOLE,
            f"{english} of {what}",
            f"{portuguese} {o_que}",
            required=True,
        )
        for measure, what, o_que in (
            ("customers", "customers who bought (1 or 0)", "clientes que compraram (1 ou 0)"),
            ("purchases", "purchases", "compras"),
            ("quantity", "quantity, in thousandths", "quantidade, em milésimos"),
            ("value", "net value, in ten-thousandths", "valor líquido, em décimos de milésimo"),
        )
        for kind, english, portuguese in (
            ("total", "Sum", "Soma:"),
            ("squares", "Sum of squares", "Soma dos quadrados:"),
            (
                "cross",
                "Sum of products with the value before",
                "Soma dos produtos com o valor anterior:",
            ),
        )
    ),
)

ACTION_SUMS = Table(
    name="action_sums",
    english="What list and control bought in the validity so far, as exact sums.",
    portuguese="O que lista e controle compraram na vigência até a data, em somas exatas.",
    grain="one group in one stratum, of an action or of one of its parts, on one processing date",
    key=("as_of", "action_code", "level", "code", "stratum", "list_group"),
    columns=(
        AS_OF,
        ACTION,
        Column(
            "level",
            "string",
            "action, store, salesperson or segment",
            "ação, loja, vendedor ou segmento",
            required=True,
        ),
        Column("code", "string", "Which; empty: none", "Qual; vazio: nenhum", required=True),
        Column("stratum", "string", "Stratum; empty: all", "Estrato; vazio: todos", required=True),
        GROUP,
        *_SUMS,
    ),
    partitioned_by=("as_of",),
)

ACTION_ERASED = Table(
    name="action_erased",
    english="The sums of people on lists who were erased since, added up.",
    portuguese="As somas de pessoas das listas cujos dados foram eliminados, juntas.",
    grain="one group in one stratum of an action, of one erasure, on one processing date",
    key=("action_code", "stratum", "list_group", "sequence", "counted_on"),
    columns=(
        ACTION,
        Column("stratum", "string", "Stratum; empty: all", "Estrato; vazio: todos", required=True),
        GROUP,
        Column(
            "sequence",
            "bigint",
            "The publication that they are gone from (runs.sequence)",
            "A publicação a partir da qual saíram (runs.sequence)",
            required=True,
        ),
        Column(
            "counted_on",
            "date",
            "What they had bought until this processing date",
            "O que haviam comprado até esta data de processamento",
            required=True,
        ),
        *_SUMS,
    ),
)

_ESTIMATE = "double"

ACTION_RESULTS = Table(
    name="action_results",
    english="The return of actions: what lists bought beyond what they would have bought anyway.",
    portuguese="O retorno das ações: o que a lista comprou além do que compraria sem elas.",
    grain="one measure of an action, a part of it, a campaign or a holdout, on one processing date",
    key=("as_of", "level", "code", "action_code", "measure"),
    columns=(
        AS_OF,
        Column(
            "level",
            "string",
            "action, store, salesperson, segment, campaign, holdout, past",
            "ação, loja, vendedor, segmento, campanha, grupo de controle universal (holdout), "
            "passada (past)",
            required=True,
        ),
        Column("code", "string", "Which; empty: none", "Qual; vazio: nenhum", required=True),
        Column(
            "action_code",
            "string",
            "Action; empty: a campaign, or all actions judged by a holdout",
            "Ação; vazio: uma campanha, ou todas as ações pelo grupo de controle universal",
            required=True,
        ),
        Column(
            "measure",
            "string",
            "customers, purchases, quantity, value, margin",
            "clientes, compras, quantidade, valor, margem",
            required=True,
        ),
        Column(
            "listed",
            "bigint",
            "Customers on the list; of a campaign, who is on two lists counts twice",
            "Clientes na lista; numa campanha, quem está em duas listas conta duas vezes",
            required=True,
        ),
        Column("control", "bigint", "In the control", "No controle", required=True),
        Column(
            "listed_total",
            MONEY,
            "What the list bought; of a campaign, what who is on two lists bought counts twice",
            "O que a lista comprou; numa campanha, o que comprou quem está em duas listas conta "
            "duas vezes",
        ),
        Column("control_total", MONEY, "What the control bought", "O que o controle comprou"),
        Column(
            "goal", MONEY, "What the list is to buy; null: no goal", "Meta da lista; nulo: sem meta"
        ),
        Column(
            "incremental",
            MONEY,
            "What would not have been bought by the whole list without it; null where groups are "
            "not as drawn, or one has nobody",
            "O que a lista inteira não compraria sem ela; nulo se os grupos não são como "
            "sorteados, ou um não tem ninguém",
        ),
        Column(
            "incremental_low",
            MONEY,
            "Lower end of its interval; null without it, and where too few bought: in a drawn "
            "group fewer than 50, in all measures but customers",
            "Limite inferior; nulo sem ele, e se poucos compraram: num grupo sorteado menos de 50, "
            "em toda medida menos customers",
        ),
        Column(
            "incremental_high",
            MONEY,
            "Upper end; null where the lower is",
            "Limite superior; nulo onde o inferior é",
        ),
        Column(
            "p_value",
            _ESTIMATE,
            "Probability of such a difference by chance alone; null where too few bought, and of a "
            "campaign or an action of another system. Of groups not as drawn it says nothing",
            "Probabilidade de tal diferença pelo acaso; nula se poucos compraram, e numa campanha "
            "ou ação de outro sistema. De grupos diferentes do sorteio nada diz",
        ),
        Column(
            "corrected_p",
            _ESTIMATE,
            "The same, corrected for the actions of the campaign; only in the measure that an "
            "action is judged by",
            "A mesma, corrigida para as ações da campanha; só na medida pela qual uma ação é "
            "julgada",
        ),
        Column(
            "detectable",
            _ESTIMATE,
            "Least effect per customer, not of the whole list, found four times in five; null as "
            "p_value",
            "Menor efeito por cliente, não da lista inteira, achado em quatro de cada cinco; nulo "
            "como p_value",
        ),
        Column(
            "return_on_cost",
            _ESTIMATE,
            "value: incremental value ÷ cost; margin: (incremental margin − cost) ÷ cost; null in "
            "other measures, and of all but a whole action that has a cost",
            "value: valor incremental ÷ custo; margin: (margem incremental − custo) ÷ custo; nulo "
            "nas outras medidas, e em tudo que não é uma ação inteira com custo",
        ),
        Column(
            "verdict",
            "string",
            "more, less, not_distinguishable, too_small, not_as_drawn; no_experiment: nobody was "
            "drawn; null: a campaign",
            "Conclusão; no_experiment: ninguém foi sorteado; nulo: uma campanha",
        ),
        Column(
            "is_judged_by",
            "boolean",
            "Whether the action is judged by this measure",
            "Se a ação é julgada por esta medida",
            required=True,
        ),
    ),
    partitioned_by=("as_of",),
)
