"""YAML files checked against models: every error at once, with its file and the nearest key."""

from __future__ import annotations

import difflib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, TypeVar

import yaml
from pydantic import BaseModel, ConfigDict, ValidationError

from jobs.errors import SettingsError

BASE = "conf/base.yaml"
Origins = Mapping[tuple[str, ...], str]
"""The file that set the value under a path of keys."""


class Strict(BaseModel):
    """Frozen, and closed to keys that it does not know."""

    model_config = ConfigDict(frozen=True, extra="forbid", arbitrary_types_allowed=True)


def read_yaml(path: Path) -> dict[str, Any]:
    """Read a YAML file that holds keys and values.

    Raises:
        SettingsError: If there is no such file, or it is not that.
    """
    try:
        content = yaml.safe_load(path.read_text(encoding="utf-8"))
    except OSError as error:
        message = f"{path}: cannot be read ({error.strerror}); check the path"
        raise SettingsError(message) from error
    except (yaml.YAMLError, ValueError) as error:
        message = f"{path}: is not YAML in UTF-8: {' '.join(str(error).split())}"
        raise SettingsError(message) from error
    if not isinstance(content, dict):
        message = f"{path}: must hold keys and values, e.g. 'network: {{value_basis: gross}}'"
        raise SettingsError(message)
    return content


Model = TypeVar("Model", bound=BaseModel)


def checked(model: type[Model], values: dict[str, Any], origins: Origins, file: str) -> Model:
    """Check values against a model; every error at once, each with its file and key.

    Args:
        model: The model.
        values: The values.
        origins: The file from which the value under a path of keys came, where not from ``file``.
        file: The file that the values came from.

    Raises:
        SettingsError: With one line per error.
    """
    try:
        return model.model_validate(values)
    except ValidationError as error:
        lines = []
        for each in error.errors():
            path = tuple(str(part) for part in each["loc"])
            origin = _origin(path, origins) or file
            # Of a value that may be one of several things, pydantic names the classes tried.
            keys = [part for part in path if not part[:1].isupper() and "[" not in part]
            lines.append(f"{origin}: {'.'.join(keys) or 'file'}: {_said(each, model, path)}")
        raise SettingsError("\n".join(lines)) from error


def _said(error: Mapping[str, Any], model: type[BaseModel], path: tuple[str, ...]) -> str:
    if error["type"] == "extra_forbidden":
        return f"unknown key{nearest(path[-1], _keys_beside(model, path))}"
    message = str(error["msg"]).removeprefix("Value error, ")
    if error["type"] in ("missing", "value_error"):
        return message
    return f"{message}, found {error['input']!r}"


def nearest(name: str, known: Sequence[str] | set[str]) -> str:
    """The end of a message: what the unknown name was probably meant to be."""
    near = difflib.get_close_matches(name, sorted(known), n=1, cutoff=0.0)
    return f"; did you mean {near[0]!r}?" if near else ""


def _keys_beside(model: type[BaseModel], path: tuple[str, ...]) -> set[str]:
    """The keys that the model knows at the place where an unknown one was given."""
    here: Any = model
    for part in path[:-1]:
        here = _step(here, part)
    found = _model_in(here)
    return {field.alias or name for name, field in found.model_fields.items()} if found else set()


def _step(here: Any, part: str) -> Any:  # noqa: ANN401 - any annotation may come
    """The annotation one key further down: a field, any key of a mapping, or one of a union."""
    if isinstance(here, type) and issubclass(here, BaseModel):
        fields = {field.alias or name: field for name, field in here.model_fields.items()}
        return fields[part].annotation if part in fields else here
    arguments = getattr(here, "__args__", ())
    named = [each for each in arguments if getattr(each, "__name__", None) == part]
    return named[0] if named else (arguments[-1] if arguments else None)


def _model_in(annotation: Any) -> type[BaseModel] | None:  # noqa: ANN401 - any annotation may come
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    parts = [_model_in(part) for part in getattr(annotation, "__args__", ())]
    return next((part for part in parts if part), None)


def _origin(path: tuple[str, ...], origins: Origins) -> str | None:
    """The last file that set the key, or something in the section that an error speaks of."""
    within = [origin for key, origin in origins.items() if key[: len(path)] == path]
    above = [
        origins[path[:length]] for length in range(len(path), 0, -1) if path[:length] in origins
    ]
    changed = [origin for origin in (*reversed(within), *above) if origin != BASE]
    return next(iter(changed), next(iter(above), None))


def lay_over(
    below: dict[str, Any],
    above: Mapping[str, Any],
    origin: str,
    origins: dict[tuple[str, ...], str],
    path: tuple[str, ...] = (),
) -> None:
    """Lay values over those below, section by section, noting for each where it came from."""
    for key, value in above.items():
        here = (*path, str(key))
        if isinstance(value, dict) and isinstance(below.get(key), dict):
            lay_over(below[key], value, origin, origins, here)
        else:
            below[key] = value
            origins[here] = origin
