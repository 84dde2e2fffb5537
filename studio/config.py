"""Settings: frozen dataclasses whose fields describe themselves.

One description serves the window's form, the terminal's ``--set``, the check and the JSON beside the weights::

    @dataclass(frozen=True)
    class Example:
        latent: int = option(100, "Latent size", help="Length of the code z.", low=1, high=4096)

This file imports nothing heavy, so that forms are on screen before torch is.
"""

from __future__ import annotations

import dataclasses
import math
import typing
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

from studio.errors import Refused

Config = TypeVar("Config")
LARGEST = 2**53
"""whole numbers up to here are floats exactly"""
KINDS = {int: "a whole number", float: "a number", bool: "yes or no", str: "a word"}


@dataclass(frozen=True)
class Option:
    """What is known about one setting."""

    name: str
    type: type
    default: Any
    label: str
    help: str
    unit: str = ""
    low: float | None = None
    high: float | None = None
    choices: Mapping[Any, str] = dataclasses.field(default_factory=dict)
    group: str = ""
    power_of_two: bool = False
    path: bool = False
    scientific: bool = False
    model: bool = False
    """a text that names a trained model; forms offer those that there are"""
    check: Callable[[Any], str | None] | None = None
    """what else is wrong with a value of the right type, as one sentence, or None"""

    def problem(self, value: Any) -> str | None:
        """Why ``value`` cannot be used, as one sentence, or None when it can."""
        number = isinstance(value, int | float) and not isinstance(value, bool)
        if self.type in (int, float) and not number:
            return f"{self.label}: {value!r} is not a number."
        if isinstance(value, float) and not math.isfinite(value):
            return f"{self.label} must be a finite number, not {value}."
        if self.type is float and abs(value) >= LARGEST and type(value) is int:
            return f"{self.label} is too large."
        if self.type is int and type(value) is not int:
            return f"{self.label} is a whole number, not {value}."
        if self.type in (bool, str) and type(value) is not self.type:
            return f"{self.label}: {value!r} is not {KINDS[self.type]}."
        if self.choices and value not in self.choices:
            return f"{self.label}: {value!r} is not one of {', '.join(map(str, self.choices))}."
        if self.low is not None and value < self.low:
            return f"{self.label} must be at least {plain(self.low)}, not {plain(value)}."
        if self.high is not None and value > self.high:
            return f"{self.label} must be at most {plain(self.high)}, not {plain(value)}."
        if self.power_of_two and (value < 1 or value & (value - 1)):
            return f"{self.label} must be a power of two (…, 16, 32, 64, …), not {value}."
        return self.check(value) if self.check is not None else None

    def parse(self, text: str) -> Any:
        """The value that a person typed for this setting in the terminal."""
        try:
            return _parse(self.type, text.strip())
        except ValueError:
            kind = KINDS.get(self.type, self.type.__name__)
            raise Refused(f"{self.name}={text}: {self.label} is {kind}.") from None


def option(
    default: Any,
    label: str,
    *,
    help: str,
    unit: str = "",
    low: float | None = None,
    high: float | None = None,
    choices: Mapping[Any, str] | None = None,
    group: str = "",
    power_of_two: bool = False,
    path: bool = False,
    scientific: bool = False,
    model: bool = False,
    check: Callable[[Any], str | None] | None = None,
) -> Any:
    """A dataclass field with its label, unit, range and help text (see :class:`Option`)."""
    about = {
        "label": label,
        "help": help,
        "unit": unit,
        "low": low,
        "high": high,
        "choices": dict(choices or {}),
        "group": group,
        "power_of_two": power_of_two,
        "path": path,
        "scientific": scientific,
        "model": model,
        "check": check,
    }
    return dataclasses.field(default=default, metadata={"option": about})


def options(config: type | Any) -> tuple[Option, ...]:
    """The settings of a config class (or of one of its instances), in the order of the form."""
    cls = config if isinstance(config, type) else type(config)
    hints = typing.get_type_hints(cls)
    return tuple(
        Option(name=f.name, type=hints[f.name], default=f.default, **f.metadata["option"])
        for f in dataclasses.fields(cls)
        if "option" in f.metadata
    )


def problems(config: Any) -> list[str]:
    """Every reason why ``config`` cannot be used: each setting's own, then what the class says of them together."""
    found = [p for o in options(config) if (p := o.problem(getattr(config, o.name)))]
    together = getattr(config, "problems", None)
    if together is not None and not found:
        found += list(together())
    return found


def require(found: Iterable[str]) -> None:
    """Raise :class:`Refused` with all problems, one a line, if there are any."""
    found = list(found)
    if found:
        raise Refused("\n".join(found))


def assigned(config: Config, assignments: Iterable[str]) -> Config:
    """``config`` with several ``key=value`` changed; :class:`Refused` names what is not known or not of the form."""
    known = {o.name: o for o in options(config)}
    values = {}
    for assignment in assignments:
        key, equals, text = assignment.partition("=")
        if not equals or key.strip() not in known:
            raise Refused(f"{assignment!r} is no key=value with one of the settings {', '.join(known)}.")
        values[key.strip()] = known[key.strip()].parse(text)
    return typing.cast(Config, dataclasses.replace(typing.cast(Any, config), **values))


def to_json(config: Any) -> dict[str, Any]:
    """The settings as plain values."""
    return {f.name: getattr(config, f.name) for f in dataclasses.fields(config)}


def from_json(cls: type[Config], values: Mapping[str, Any]) -> Config:
    """A config of ``cls`` from plain values; an unknown key is refused, a missing one keeps its default."""
    known = {o.name: o for o in options(cls)}
    for key in values:
        if key not in known:
            raise Refused(f"There is no setting {key!r} here. Known are: {', '.join(known)}.")
    return cls(**{key: _restore(known[key].type, value) for key, value in values.items()})


def plain(number: Any) -> str:
    """A number as a person writes it: 0.0002, 64, 1e-05."""
    return f"{number:g}" if isinstance(number, float) else str(number)


def _restore(kind: type, value: Any) -> Any:
    """JSON knows one kind of number: 3 may have been 3.0 and the other way round."""
    if kind is float and type(value) is int and abs(value) < LARGEST:
        return float(value)
    if kind is int and type(value) is float and value.is_integer():
        return int(value)
    return value


def _parse(kind: type, text: str) -> Any:
    if kind is bool:
        if text.lower() in ("yes", "true", "on", "1"):
            return True
        if text.lower() in ("no", "false", "off", "0"):
            return False
        raise ValueError(text)
    return kind(text)
