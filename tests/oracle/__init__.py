"""The independent oracle: purchases, accounts and the life cycle in SQL on DuckDB (README.md)."""
