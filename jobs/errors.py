"""The one hierarchy of errors, and the exit code of each kind.

A message names the file, table, column or key and says what to do. It never holds a person's name,
document or contact.
"""

from __future__ import annotations


class ClientelaError(Exception):
    """Anything that the suite refuses or cannot do, in a sentence for people."""

    exit_code = 1


class UsageError(ClientelaError):
    """A wrong option or argument."""

    exit_code = 2


class SettingsError(ClientelaError):
    """A wrong key, type or value in settings or in a source mapping."""

    exit_code = 3


class SourceError(ClientelaError):
    """A delivered file that cannot be read, or does not have what its mapping says."""

    exit_code = 4


class DeliveryConflictError(ClientelaError):
    """The same ticket or registration delivered twice, differently, with nothing newer."""

    exit_code = 5


class RejectedShareError(ClientelaError):
    """More rejected rows than conf allows; nothing was published."""

    exit_code = 6


class LeaseError(ClientelaError):
    """Another run is writing to the lakehouse, or took the lease from this one."""

    exit_code = 7


class CustomerKeyError(ClientelaError):
    """The key behind the customer ids is missing, wrong, or made two codes collide."""

    exit_code = 8


class ContractError(ClientelaError):
    """Rows or columns that a table's contract refuses."""

    exit_code = 9


class MissingPackageError(ClientelaError):
    """A package that the job needs is not installed where it runs."""

    exit_code = 69


class LakehouseError(ClientelaError):
    """The lakehouse is not there, or not as the suite left it."""

    exit_code = 10
