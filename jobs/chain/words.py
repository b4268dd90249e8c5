"""The words that made-up people, places and products are named with, in Portuguese.

Everything here is common or made up; no list was taken from anywhere.
"""

from __future__ import annotations

from typing import NamedTuple


class City(NamedTuple):
    """A city with stores: its name, state, area code (DDD), and the first and last of its CEPs."""

    name: str
    state: str
    area_code: int
    first_cep: int
    last_cep: int


CITIES = (
    City("São Paulo", "SP", 11, 1_000_000, 5_999_999),
    City("Rio de Janeiro", "RJ", 21, 20_000_000, 23_799_999),
    City("Belo Horizonte", "MG", 31, 30_000_000, 31_999_999),
    City("Porto Alegre", "RS", 51, 90_000_000, 91_999_999),
    City("Curitiba", "PR", 41, 80_000_000, 82_999_999),
    City("Salvador", "BA", 71, 40_000_000, 42_599_999),
    City("Recife", "PE", 81, 50_000_000, 52_999_999),
    City("Fortaleza", "CE", 85, 60_000_000, 61_599_999),
    City("Brasília", "DF", 61, 70_000_000, 72_799_999),
    City("Goiânia", "GO", 62, 74_000_000, 74_899_999),
    City("Belém", "PA", 91, 66_000_000, 66_999_999),
    City("Manaus", "AM", 92, 69_000_000, 69_099_999),
    City("Florianópolis", "SC", 48, 88_000_000, 88_099_999),
    City("Vitória", "ES", 27, 29_000_000, 29_099_999),
    City("São Luís", "MA", 98, 65_000_000, 65_109_999),
    City("João Pessoa", "PB", 83, 58_000_000, 58_099_999),
    City("Maceió", "AL", 82, 57_000_000, 57_099_999),
    City("Natal", "RN", 84, 59_000_000, 59_139_999),
    City("Cuiabá", "MT", 65, 78_000_000, 78_099_999),
    City("Campo Grande", "MS", 67, 79_000_000, 79_124_999),
    City("Campinas", "SP", 19, 13_000_000, 13_139_999),
    City("Santos", "SP", 13, 11_000_000, 11_099_999),
    City("Ribeirão Preto", "SP", 16, 14_000_000, 14_109_999),
    City("Niterói", "RJ", 21, 24_000_000, 24_399_999),
)

WOMEN = [
    "Ana",
    "Maria",
    "Inês",
    "Beatriz",
    "Cecília",
    "Débora",
    "Elisângela",
    "Fabíola",
    "Glória",
    "Helena",
    "Íris",
    "Joana",
    "Júlia",
    "Larissa",
    "Letícia",
    "Lúcia",
    "Luíza",
    "Márcia",
    "Mônica",
    "Natália",
    "Patrícia",
    "Rosângela",
    "Sílvia",
    "Simone",
    "Sônia",
    "Tânia",
    "Valéria",
    "Verônica",
    "Vitória",
    "Zélia",
    "Antônia",
    "Conceição",
    "Fátima",
    "Aparecida",
    "Camila",
    "Renata",
]
MEN = [
    "João",
    "José",
    "Antônio",
    "Carlos",
    "Paulo",
    "Pedro",
    "Luís",
    "Márcio",
    "Cláudio",
    "Fábio",
    "Sérgio",
    "Rogério",
    "Flávio",
    "Caio",
    "Otávio",
    "Vinícius",
    "César",
    "Fabrício",
    "Inácio",
    "Jônatas",
    "Estêvão",
    "Ângelo",
    "Cauã",
    "Moisés",
    "Rubens",
    "Thiago",
    "Rafael",
    "Gustavo",
    "Henrique",
    "Marcelo",
    "Edson",
    "Gérson",
    "Nélson",
    "Wálter",
    "Hélio",
    "Davi",
]
SURNAMES = [
    "Silva",
    "Souza",
    "Santos",
    "Oliveira",
    "Pereira",
    "Lima",
    "Ferreira",
    "Gonçalves",
    "Araújo",
    "Conceição",
    "Assunção",
    "Magalhães",
    "Guimarães",
    "Leão",
    "Falcão",
    "Simões",
    "Mendonça",
    "Bragança",
    "Fagundes",
    "Nóbrega",
    "Sampaio",
    "Alcântara",
    "Antunes",
    "Barbosa",
    "Brandão",
    "Cândido",
    "Damião",
    "Espíndola",
    "Fontoura",
    "Galvão",
    "Hipólito",
    "Jardim",
    "Lourenço",
    "Maranhão",
    "Norões",
    "Pinhão",
    "Queirós",
    "Romão",
    "Sá",
    "Teixeira",
    "Valença",
    "Xavier",
    "Zagalo",
    "Muñoz",
    "D’Ávila",
    "Ribeiro",
]
PARTICLES = ("", "", "", "", "da ", "dos ", "de ", "e ")

STREETS = [
    "Rua das Acácias",
    "Rua dos Ipês",
    "Avenida das Laranjeiras",
    "Rua São João",
    "Travessa da Paz",
    "Rua Três Corações",
    "Avenida Independência",
    "Rua do Comércio",
    "Alameda dos Jacarandás",
    "Rua Conceição",
    "Praça da República",
    "Rua Sete de Setembro",
    "Avenida Beira-Rio",
    "Rua Açaí",
    "Rua Marquês do Herval",
    "Estrada do Moinho",
    "Rua Cônego Inácio",
    "Avenida Brasília",
]
DISTRICTS = [
    "Centro",
    "Jardim América",
    "Vila Nova",
    "Boa Vista",
    "São José",
    "Santa Luzia",
    "Cidade Alta",
    "Bela Vista",
    "Água Verde",
    "Jardim das Flores",
    "Vila Conceição",
    "Morro Grande",
]
MARITAL_STATUSES = [
    "Solteiro(a)",
    "Casado(a)",
    "Casado(a)",
    "União estável",
    "Divorciado(a)",
    "Viúvo(a)",
    "Não informado",
]

RESERVED_DOMAINS = ("example.com", "example.net", "example.org")
"""Names that RFC 2606 sets apart: nobody can have them."""

LOYALTY_PROGRAMME = "Clube Fictício"
LOYALTY_CATEGORIES = ("Bronze", "Prata", "Ouro", "Diamante")


class Kind(NamedTuple):
    """A kind of product: its classes, its price in cents, and what it may be called."""

    department: str
    category: str
    subcategory: str
    cents: int
    names: str


KINDS = (
    Kind("Feminino", "Vestidos", "Vestido midi", 18_990, "Vestido midi"),
    Kind("Feminino", "Vestidos", "Vestido longo", 24_990, "Vestido longo"),
    Kind("Feminino", "Blusas", "Blusa de malha", 6_990, "Blusa de malha"),
    Kind("Feminino", "Blusas", "Camisa de algodão", 12_990, "Camisa de algodão"),
    Kind("Feminino", "Calças", "Calça jeans", 16_990, "Calça jeans"),
    Kind("Feminino", "Saias", "Saia plissada", 13_990, "Saia plissada"),
    Kind("Masculino", "Camisas", "Camisa social", 14_990, "Camisa social"),
    Kind("Masculino", "Camisetas", "Camiseta básica", 5_990, "Camiseta básica"),
    Kind("Masculino", "Calças", "Calça de sarja", 15_990, "Calça de sarja"),
    Kind("Masculino", "Bermudas", "Bermuda de moletom", 8_990, "Bermuda de moletom"),
    Kind("Infantil", "Conjuntos", "Conjunto de bebê", 8_990, "Conjunto de bebê"),
    Kind("Infantil", "Camisetas", "Camiseta de criança", 4_990, "Camiseta de criança"),
    Kind("Calçados", "Tênis", "Tênis de caminhada", 24_990, "Tênis de caminhada"),
    Kind("Calçados", "Sandálias", "Sandália rasteira", 9_990, "Sandália rasteira"),
    Kind("Calçados", "Sapatos", "Sapato de couro", 28_990, "Sapato de couro"),
    Kind("Acessórios", "Bolsas", "Bolsa de mão", 19_990, "Bolsa de mão"),
    Kind("Acessórios", "Cintos", "Cinto de couro", 7_990, "Cinto de couro"),
    Kind("Acessórios", "Meias", "Meia de algodão", 1_990, "Meia de algodão"),
    Kind("Casa", "Cama e banho", "Lençol de percal", 17_990, "Lençol de percal"),
    Kind("Casa", "Decoração", "Almofada bordada", 7_990, "Almofada bordada"),
)
BRANDS = ("Maré Alta", "Açucena", "Ponto Três", "Sabiá", "Linha d’Água", "Própria")
COLOURS = ("azul", "preto", "branco", "verde-água", "vermelho", "lilás", "bordô", "maçã")
STYLES = ("liso", "floral", "listrado", "poá", "xadrez", "clássico")
