"""The independent oracle: purchases and accounts in plain SQL on DuckDB (see README.md)."""
