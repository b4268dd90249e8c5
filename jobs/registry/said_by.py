"""Who says or asks something: anybody but the registry, whose own statements bear its name."""

from __future__ import annotations

from collections.abc import Callable

import click

from jobs.errors import UsageError
from schemas.person_history import REGISTRY

IS_REGISTRY = f"{REGISTRY} is what the registry itself says: name a desk or a person"


def is_registry(by: str) -> bool:
    """Whether somebody is named as the registry is.

    What she says would count as its own, which its next delivery may take back.
    """
    return by.strip().lower() == REGISTRY


def by_option(told: str) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Adds --by."""
    return click.option("--by", required=True, callback=_unlike_the_registry, help=told)


def _unlike_the_registry(_context: click.Context, _option: click.Parameter, by: str) -> str:
    if is_registry(by):
        message = f"--by {IS_REGISTRY}"
        raise UsageError(message)
    return by
