"""The independent oracle: purchases to RFV and Pareto, in SQL on DuckDB (README.md)."""
