"""The states of an action, and what may follow what (spec §9)."""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum

from jobs.errors import UsageError


class State(str, Enum):
    """Where an action stands."""

    DRAFT = "draft"
    """Declared; nobody is on its list."""
    LISTED = "listed"
    """Its list and control are drawn, and frozen."""
    RUNNING = "running"
    """The list is being contacted, and purchases are followed."""
    CLOSED = "closed"
    """Over; what was bought is followed on, and nothing else follows."""
    GIVEN_UP = "given_up"
    """Ended before anybody was contacted: nothing is measured, and nothing follows."""


MOVES: Mapping[State, tuple[State, ...]] = {
    State.DRAFT: (State.LISTED, State.GIVEN_UP),
    State.LISTED: (State.RUNNING, State.GIVEN_UP),
    State.RUNNING: (State.CLOSED,),
    State.CLOSED: (),
    State.GIVEN_UP: (),
}
"""What each state may become. None goes back: a list that was drawn is not drawn again."""


def ended(now: State) -> State:
    """What an action is to become that somebody closes: one that never ran is given up."""
    return State.GIVEN_UP if State.GIVEN_UP in MOVES[now] else State.CLOSED


def moved(code: str, now: State, to: State) -> State:
    """The state after a move.

    Args:
        code: The action's code.
        now: Its state.
        to: What it is to become; what it is already counts as no move and is refused too.

    Raises:
        UsageError: If that may not follow.
    """
    if to in MOVES[now]:
        return to
    may = " or ".join(each.value for each in MOVES[now]) or "nothing else"
    message = f"action {code} is {now.value} and cannot become {to.value}: it may become {may}"
    raise UsageError(message)
