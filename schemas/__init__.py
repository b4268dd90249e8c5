"""The contracts of the published tables, by name."""

from schemas.accounts import ACCOUNTS
from schemas.contract import Column, Table
from schemas.customer_codes import CUSTOMER_CODES
from schemas.due_to_change import DUE_TO_CHANGE
from schemas.growth_accounting import GROWTH_ACCOUNTING
from schemas.ingested_files import INGESTED_FILES
from schemas.life_cycle import LIFE_CYCLE
from schemas.life_cycle_matrix import LIFE_CYCLE_MATRIX
from schemas.life_cycle_transitions import LIFE_CYCLE_TRANSITIONS
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
        LIFE_CYCLE,
        LIFE_CYCLE_TRANSITIONS,
        LIFE_CYCLE_MATRIX,
        GROWTH_ACCOUNTING,
        DUE_TO_CHANGE,
    )
}
"""Every table that a publication covers; ``runs``, which says what is published, is apart."""

__all__ = ["RUNS", "TABLES", "Column", "Table"]
