"""Products."""

from schemas.contract import Column, Table

PRODUCTS = Table(
    name="products",
    english="Products, for sales by customer and product.",
    portuguese="Produtos, para vendas por cliente e produto.",
    grain="one product",
    key=("product_code",),
    columns=(
        Column("product_code", "string", "Product", "Produto", required=True),
        Column("product_name", "string", "Description", "Descrição"),
        Column("brand", "string", "Brand", "Marca do produto"),
        Column("department", "string", "Widest class", "Classe mais ampla"),
        Column("category", "string", "Category", "Categoria"),
        Column("subcategory", "string", "Narrowest class", "Classe mais estreita"),
        Column("delivered_at", "timestamp", "Time of the delivery", "Instante da entrega"),
    ),
)
