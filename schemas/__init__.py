"""The contracts of the published tables, by name."""

from schemas.accounts import ACCOUNTS
from schemas.accounts_to_register import ACCOUNTS_TO_REGISTER
from schemas.allocation_moves import ALLOCATION_MOVES
from schemas.allocations import ALLOCATIONS
from schemas.campaigns import (
    ACTION_ERASED,
    ACTION_EXCLUSIONS,
    ACTION_LISTS,
    ACTION_RESULTS,
    ACTION_SUMS,
    ACTIONS,
    HOLDOUT,
)
from schemas.cohorts import COHORTS
from schemas.contract import Column, Table
from schemas.customer_codes import CUSTOMER_CODES
from schemas.customer_habits import CUSTOMER_HABITS
from schemas.customer_products import CUSTOMER_PRODUCTS
from schemas.due_to_change import DUE_TO_CHANGE
from schemas.duplicates import DUPLICATES, MERGES
from schemas.erasures import ERASURES, SUPPRESSIONS
from schemas.frequency_classes import FREQUENCY_CLASSES
from schemas.growth_accounting import GROWTH_ACCOUNTING
from schemas.indicator_dictionary import INDICATOR_DICTIONARY
from schemas.indicator_evolution import INDICATOR_EVOLUTION
from schemas.indicators import INDICATORS
from schemas.ingested_files import INGESTED_FILES
from schemas.life_cycle import LIFE_CYCLE
from schemas.life_cycle_matrix import LIFE_CYCLE_MATRIX
from schemas.life_cycle_transitions import LIFE_CYCLE_TRANSITIONS
from schemas.loyalty_participation import LOYALTY_PARTICIPATION
from schemas.network_customers import NETWORK_CUSTOMERS
from schemas.pareto_curve import PARETO_CURVE
from schemas.pareto_summary import PARETO_SUMMARY
from schemas.past_actions import PAST_ACTIONS, PAST_CONTACTS, PAST_REDEMPTIONS
from schemas.person_history import PERSON_HISTORY
from schemas.persons import PERSONS, PERSONS_RECEIVED
from schemas.persons_cleaned import PERSONS_CLEANED
from schemas.portfolio_customers import PORTFOLIO_CUSTOMERS
from schemas.portfolio_sales import PORTFOLIO_SALES
from schemas.portfolios import PORTFOLIOS
from schemas.products import PRODUCTS
from schemas.purchases import PURCHASES
from schemas.registration_quality import REGISTRATION_QUALITY
from schemas.registrations_without_account import REGISTRATIONS_WITHOUT_ACCOUNT
from schemas.rejected_rows import REJECTED_ROWS
from schemas.revenue_tree import REVENUE_TREE
from schemas.rfv import RFV
from schemas.rfv_bands import RFV_BANDS
from schemas.rfv_cells import RFV_CELLS
from schemas.rfv_first_tops import RFV_FIRST_TOPS
from schemas.rfv_left import RFV_LEFT
from schemas.rfv_scope_tops import RFV_SCOPE_TOPS
from schemas.rfv_scopes import RFV_SCOPES
from schemas.runs import RUNS
from schemas.sales import SALES
from schemas.salespeople import SALESPEOPLE
from schemas.store_customers import STORE_CUSTOMERS
from schemas.store_loyalty import STORE_LOYALTY
from schemas.store_overlap import STORE_OVERLAP
from schemas.store_returns import STORE_RETURNS
from schemas.stores import STORES

TABLES: dict[str, Table] = {
    table.name: table
    for table in (
        SALES,
        REJECTED_ROWS,
        INGESTED_FILES,
        PURCHASES,
        PERSONS_RECEIVED,
        PERSON_HISTORY,
        SUPPRESSIONS,
        ERASURES,
        DUPLICATES,
        MERGES,
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
        ALLOCATIONS,
        ALLOCATION_MOVES,
        PORTFOLIOS,
        PORTFOLIO_SALES,
        STORE_LOYALTY,
        STORE_OVERLAP,
        RFV,
        RFV_LEFT,
        RFV_FIRST_TOPS,
        RFV_BANDS,
        RFV_CELLS,
        RFV_SCOPES,
        RFV_SCOPE_TOPS,
        NETWORK_CUSTOMERS,
        STORE_CUSTOMERS,
        PORTFOLIO_CUSTOMERS,
        PARETO_CURVE,
        PARETO_SUMMARY,
        INDICATOR_DICTIONARY,
        INDICATORS,
        INDICATOR_EVOLUTION,
        REVENUE_TREE,
        COHORTS,
        CUSTOMER_HABITS,
        FREQUENCY_CLASSES,
        CUSTOMER_PRODUCTS,
        STORE_RETURNS,
        LOYALTY_PARTICIPATION,
        PERSONS_CLEANED,
        REGISTRATION_QUALITY,
        ACCOUNTS_TO_REGISTER,
        ACTIONS,
        ACTION_LISTS,
        ACTION_EXCLUSIONS,
        HOLDOUT,
        ACTION_SUMS,
        ACTION_ERASED,
        ACTION_RESULTS,
        PAST_ACTIONS,
        PAST_CONTACTS,
        PAST_REDEMPTIONS,
    )
}
"""Every table that a publication covers; ``runs``, which says what is published, is apart."""

__all__ = ["RUNS", "TABLES", "Column", "Table"]
