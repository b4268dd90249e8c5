"""What ``allocation`` prints without writing: one customer explained, other rules tried."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from datetime import date
from decimal import Decimal

import click
from pyspark.sql import DataFrame, Row
from pyspark.sql import functions as F

from jobs.allocation import allocated
from jobs.customer_history import customer_history
from jobs.errors import LakehouseError, UsageError
from jobs.kept import keeping
from jobs.one_customer import tickets_of_one
from jobs.past_runs import Publication
from jobs.processing_dates import dates_between
from jobs.reading import published, refuse_pruned
from jobs.registries import registries
from jobs.settings import Settings
from jobs.tables import Tables
from transforms.allocation_criteria import FIGURES, with_kept_by
from transforms.allocation_figures import BY_SALESPERSON, BY_STORE, AllocationRules, figures, visits
from transforms.allocation_history import ALLOCATED, carried_allocations
from transforms.allocation_routines import (
    ACCOUNTS,
    SALES,
    Registries,
    main_stores,
    with_routine_stores,
)
from transforms.allocation_salespeople import (
    chosen_salespeople,
    salesperson_candidates,
    with_portfolio,
)
from transforms.allocation_stores import WHO, is_active, sales_stores, store_candidates
from transforms.calendar_view import CalendarView
from transforms.exact import MONEY_SCALE

_SHOWN = 20


def dry_run(settings: Settings, as_of: date) -> None:
    """Print how many customers would move, and from where to where, under the given settings.

    They are compared with the published allocations of the date, whose earlier dates stay as they
    are.
    """
    tables, publication = published(settings, "allocation")
    view = _view(settings, publication, as_of)
    refuse_pruned(tables, publication, [as_of, *view.read_elsewhere])
    before = tables.read_slices("allocations", [as_of])
    if before.isEmpty():
        message = f"no allocations of {as_of} are published: run daily --as-of {as_of} first"
        raise LakehouseError(message)
    known = registries(tables, settings.allocation)
    with (
        customer_history(tables) as history,
        allocated(tables, settings, known, view, history) as (_, whose),
    ):
        moves = _moves(before, whose).collect()
    _print_moves(moves, as_of)


def explain(settings: Settings, code: str, as_of: date) -> None:
    """Print each routine and criterion for one customer, with the candidates it left.

    Where a code means several customers, for each by herself.

    Args:
        settings: The settings whose rules are explained.
        code: As in ``jobs.one_customer``.
        as_of: The processing date.

    Raises:
        UsageError: If nobody with that code has a purchase by then.
    """
    tables, publication = published(settings, "allocation")
    view = _view(settings, publication, as_of)
    refuse_pruned(tables, publication, view.read_elsewhere)
    known = registries(tables, settings.allocation)
    with tickets_of_one(tables, publication, code) as (tickets, bought):
        until = [row for row in bought if row.business_day <= as_of]
        customers = sorted({row.customer_id for row in until if row.is_purchase})
        if not customers:
            message = f"the customer has no purchase until {as_of}: give a later --as-of"
            raise UsageError(message)
        for place, each in enumerate(customers, 1):
            if len(customers) > 1:
                click.echo(f"Customer {place} of {len(customers)} whom that code means")
            _print_tickets([row for row in until if row.customer_id == each], as_of)
            hers = tickets.where(F.col("customer_id") == each)
            _print_steps(tables, hers, known, view, settings)


def _print_steps(
    tables: Tables, tickets: DataFrame, known: Registries, view: CalendarView, settings: Settings
) -> None:
    """What leads from one customer's tickets to her store and portfolio."""
    rules, dates = settings.allocation.rules, view.dates
    with keeping() as keep:
        visited = keep(visits(tickets, settings.network.value_basis))
        by_store = keep(figures(visited, BY_STORE, dates, rules))
        stores = store_candidates(by_store, known.stores)
        _print_criteria("Store", "store_code", stores, rules)
        claims = sales_stores(by_store, known.stores, rules)
        carried = _carried_of(tables, view, tickets, known)
        placed = keep(main_stores(claims, carried, known, rules, view))
        _print_routines(claims, placed, known, rules)
        by_salesperson = keep(figures(visited, BY_SALESPERSON, dates, rules))
        served = salesperson_candidates(placed, by_salesperson, known.stints)
        _print_criteria("Salesperson", "salesperson_code", served, rules)
        judged = keep(chosen_salespeople(placed, by_salesperson, known.stints, rules))
        _print_portfolio(judged, with_portfolio(judged, visited, known.stints))


def _carried_of(
    tables: Tables, view: CalendarView, tickets: DataFrame, known: Registries
) -> DataFrame:
    """What earlier dates say of the customers of some tickets."""
    who = F.broadcast(tickets.select("customer_id").distinct())
    earlier = tables.read_slices("allocations", view.read_elsewhere)
    return carried_allocations(earlier.join(who, on="customer_id", how="left_semi"), known.stores)


def _view(settings: Settings, publication: Publication, as_of: date) -> CalendarView:
    start = publication.calendar_from
    every = settings.processing_calendar.every
    known = dates_between(every, start, as_of) if start else []
    return CalendarView((as_of,), tuple(known))


def _moves(before: DataFrame, after: DataFrame) -> DataFrame:
    """How many customers go from where to where; who is in both the same counts as staying."""
    here = before.select(*WHO, F.struct(*ALLOCATED).alias("here"))
    there = after.select(*WHO, F.struct(*ALLOCATED).alias("there"))
    return (
        here.join(there, on=list(WHO), how="full")
        .groupBy("here", "there")
        .agg(F.count(F.lit(1)).alias("customers"))
    )


def _print_moves(moves: Sequence[Row], as_of: date) -> None:
    total = sum(row.customers for row in moves)
    moved = [row for row in moves if row.here != row.there]
    stores = [row for row in moved if _store(row.here) != _store(row.there)]
    click.echo(
        f"{_sum(moved):,} of {total:,} customers would move on {as_of}: {_sum(stores):,} to "
        f"another store, {_sum(moved) - _sum(stores):,} to another portfolio of their store"
    )
    _print_largest("between stores", _grouped(stores, _store))
    _print_largest("between portfolios", _grouped(moved, _portfolio))
    click.echo("nothing was written")


def _print_largest(title: str, counts: Mapping[tuple[str, str], int]) -> None:
    if not counts:
        return
    largest = sorted(counts.items(), key=lambda each: (-each[1], each[0]))
    click.echo(f"\n{title} ({len(counts):,} different moves)")
    for (here, there), customers in largest[:_SHOWN]:
        click.echo(f"  {customers:>10,}  {here} → {there}")
    if len(largest) > _SHOWN:
        rest = sum(customers for _, customers in largest[_SHOWN:])
        click.echo(f"  {rest:>10,}  by {len(largest) - _SHOWN:,} others")


def _print_tickets(bought: Sequence[Row], as_of: date) -> None:
    click.echo(f"Tickets until {as_of} (day, store, number, salesperson: items, net)")
    for row in bought:
        mark = "" if row.is_purchase else "  no purchase: nothing was sold on it"
        click.echo(
            f"  {row.business_day}  {row.store_code}  {row.sale_number}  "
            f"{row.salesperson_code or '-'}: {row.items:,.3f}  {row.net_amount:,.2f}{mark}"
        )


def _print_criteria(title: str, code: str, candidates: DataFrame, rules: AllocationRules) -> None:
    """Each criterion until one decides, with the figure of every candidate, and those it left."""
    judged_by_all = candidates.transform(with_kept_by, scope=WHO, rules=rules)
    rows = judged_by_all.orderBy("customer_id", code).collect()
    click.echo(f"\n{title}, by {SALES}: {', '.join(row[code] for row in rows) or 'no candidate'}")
    left = {row[code] for row in rows}
    for each in rules.criteria if rows else ():
        judged = [row for row in rows if rules.on_tie == "restart" or row[code] in left]
        left = {row[code] for row in rows if each in row.kept_by}
        held = ", ".join(f"{row[code]} {_figure(row, each)}" for row in judged)
        click.echo(f"  {each:16} {held}; leaves {', '.join(sorted(left))}")
        # The last purchases of nobody alone say nothing, even of a single candidate.
        says = each != "last_purchases" or any(row[FIGURES[each]] for row in judged)
        if len(left) == 1 and says:
            return


def _figure(row: Row, criterion: str) -> str:
    found = row[FIGURES[criterion]]
    if criterion.startswith("value"):
        return f"{Decimal(found).scaleb(-MONEY_SCALE):,.2f}"
    return f"{found:,}"


def _print_routines(
    claims: DataFrame, placed: DataFrame, known: Registries, rules: AllocationRules
) -> None:
    before = F.col("carried.store")
    by_accounts = F.when(is_active(before, F.col("as_of")), before).alias(f"by_{ACCOUNTS}")
    row = placed.select("*", by_accounts).collect()[0].asDict(recursive=True)
    given = claims.transform(with_routine_stores, registries=known, rules=rules)
    routines = row | given.collect()[0].asDict(recursive=True)
    click.echo("\nRoutines")
    for each in rules.routines:
        store = routines[f"by_{each}"]
        click.echo(f"  {each:10} {store['store_code'] if store else 'no active store'}")
    click.echo(f"Main store: {row['store_code'] or 'none'}, by routine {row['routine']}")


def _print_portfolio(judged: DataFrame, settled: DataFrame) -> None:
    first, last = judged.collect()[0], settled.collect()[0]
    if first.salesperson_code is not None:
        gone = "" if first.salesperson_code == last.salesperson_code else ", who left"
        click.echo(f"Chosen: {first.salesperson_code}, by {first.salesperson_criterion}{gone}")
    whose = f" of {last.salesperson_code}" if last.salesperson_code else ""
    click.echo(f"Portfolio: {last.portfolio or 'none'}{whose}")


def _store(place: Row | None) -> str:
    return "-" if place is None else place.store_code or "no store"


def _portfolio(place: Row | None) -> str:
    if place is None or place.portfolio is None:
        return _store(place)
    return f"{place.store_code} {place.portfolio} {place.salesperson_code or ''}".rstrip()


def _grouped(moves: Sequence[Row], name: Callable[[Row | None], str]) -> dict[tuple[str, str], int]:
    counts: Counter[tuple[str, str]] = Counter()
    for row in moves:
        counts[name(row.here), name(row.there)] += row.customers
    return dict(counts)


def _sum(moves: Sequence[Row]) -> int:
    return sum(row.customers for row in moves)
