"""The contracts of the published tables, by name."""

from schemas.accounts import ACCOUNTS
from schemas.contract import Column, Table
from schemas.customer_codes import CUSTOMER_CODES
from schemas.ingested_files import INGESTED_FILES
from schemas.persons import PERSONS
from schemas.products import PRODUCTS
from schemas.purchases import PURCHASES
from schemas.registrations_without_account import REGISTRATIONS_WITHOUT_ACCOUNT
from schemas.rejected_rows import REJECTED_ROWS
from schemas.runs import RUNS
from schemas.sales import SALES
from schemas.salespeople import SALESPEOPLE
from schemas.stores import STORES

TABLES: dict[str, Table] = {
    table.name: table
    for table in (
        SALES,
        REJECTED_ROWS,
        INGESTED_FILES,
        PURCHASES,
        PERSONS,
        CUSTOMER_CODES,
        STORES,
        SALESPEOPLE,
        PRODUCTS,
        ACCOUNTS,
        REGISTRATIONS_WITHOUT_ACCOUNT,
    )
}
"""Every table that a publication covers; ``runs``, which says what is published, is apart."""

__all__ = ["RUNS", "TABLES", "Column", "Table"]
