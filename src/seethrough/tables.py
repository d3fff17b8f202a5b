"""Tables of methods: what a verb can do, known without importing torch.

The package loads a method's function from its row on first use; the command line, the web page's forms, the docs and the
test that holds for all methods read nothing but the rows. Adding a method is one file and one row.
"""

import importlib
import inspect
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from types import ModuleType
from typing import Any, Literal

from seethrough.errors import UserError, unknown

Kind = Literal["int", "float", "bool", "text", "choice"]
Value = int | float | bool | str


@dataclass(frozen=True)
class Setting:
    """One setting of a method: its name, default and what it does, with its range or its choices."""

    name: str
    default: Value | None
    says: str
    kind: Kind
    low: float | None = None
    high: float | None = None
    choices: tuple[str, ...] = ()

    @property
    def option(self) -> str:
        """Return the name as the command line spells it."""
        return "--" + self.name.replace("_", "-")

    @property
    def range(self) -> str:
        """Say in words which values are right."""
        if self.choices:
            return " | ".join(self.choices)
        if self.low is not None and self.high is not None:
            return f"{self.low:g} to {self.high:g}"
        if self.low is not None:
            return f"{self.low:g} or more"
        return {"int": "a whole number", "float": "a number", "bool": "true or false"}.get(self.kind, "text")

    def check(self, value: Any) -> Value | None:
        """Return the value, or raise the one line that says what would be right."""
        if value is None and self.default is None:
            return None
        kinds: dict[str, type | tuple[type, ...]] = {"int": int, "float": (int, float), "bool": bool}
        types = kinds.get(self.kind, str)
        fits = isinstance(value, types) and (self.kind == "bool" or not isinstance(value, bool))
        if fits and self.choices:
            fits = value in self.choices
        if fits and self.low is not None:
            fits = value >= self.low
        if fits and self.high is not None:
            fits = value <= self.high
        if not fits:
            raise UserError(f"{self.name}: {value!r} does not fit; it takes {self.range}")
        checked: Value = value
        return checked


@dataclass(frozen=True)
class Method:
    """One method of a verb: where its function lives, what it needs, what it makes."""

    name: str
    where: str
    says: str
    settings: tuple[Setting, ...] = ()
    needs: tuple[str, ...] = ()
    makes: str = ""

    @property
    def command(self) -> str:
        """Return the name as the command line spells it."""
        # A name that Python keeps for itself ends in an underscore there, and nowhere else.
        return self.name.rstrip("_").replace("_", "-")

    def load(self) -> Callable[..., Any]:
        """Import the method's function."""
        module, _, function = self.where.partition(":")
        loaded: Callable[..., Any] = getattr(importlib.import_module(module), function)
        return loaded

    def arguments(self, given: Mapping[str, Any]) -> dict[str, Any]:
        """Return of what a person gave, by name, what the method's function takes."""
        parameters = inspect.signature(self.load()).parameters
        taken = set(parameters)
        if any(one.kind is inspect.Parameter.VAR_KEYWORD for one in parameters.values()):
            taken |= {setting.name for setting in self.settings} | ({"start"} if "start" in self.needs else set())
        return {name: value for name, value in given.items() if name in taken}

    def check(self, settings: Mapping[str, Any]) -> dict[str, Value | None]:
        """Return all settings, defaults filled in; an unknown name or a value out of range raises."""
        known = {setting.name: setting for setting in self.settings}
        for name in settings:
            if name not in known:
                raise unknown(f"setting of {self.name}", name, known)
        return {name: known[name].check(settings.get(name, known[name].default)) for name in known}


class Table(Mapping[str, Method]):
    """The methods of one verb, in the order in which people should meet them."""

    def __init__(self, *methods: Method) -> None:
        """Index the rows by name, and by how the command line spells it."""
        self._rows = {method.name: method for method in methods}
        self._names = {method.command.replace("-", "_"): method.name for method in methods}

    def __getitem__(self, name: str) -> Method:
        """Return the row of a method, spelled as in Python or as on the command line."""
        spelled = name.replace("-", "_")
        try:
            return self._rows[self._names.get(spelled, spelled)]
        except KeyError:
            raise unknown("method", name, [method.command for method in self.values()]) from None

    def __contains__(self, name: object) -> bool:
        """Tell whether there is such a method."""
        return isinstance(name, str) and not {name.replace("-", "_")}.isdisjoint({*self._rows, *self._names})

    def __iter__(self) -> Iterator[str]:
        """Go through the names in order."""
        return iter(self._rows)

    def __len__(self) -> int:
        """Count the methods."""
        return len(self._rows)


def load_lazily(package: str, where: Mapping[str, str]) -> None:
    """Make a package import its names on first use, from `name -> "module:attribute"` (or "module" for the module itself).

    A method's file bears its function's name, and Python's import system would put the module in the function's place on
    the package as soon as anyone imports that file; the package's class below puts the function there instead.
    """

    class LazyPackage(ModuleType):
        def __getattr__(self, name: str) -> Any:
            if name not in where:
                raise AttributeError(f"module {package!r} has no attribute {name!r}")
            module, _, attribute = where[name].partition(":")
            value: object = importlib.import_module(module)
            if attribute:
                value = getattr(value, attribute)
            super().__setattr__(name, value)
            return value

        def __setattr__(self, name: str, value: object) -> None:
            if name in where and isinstance(value, ModuleType) and where[name].startswith(f"{package}.{name}:"):
                value = getattr(value, where[name].partition(":")[2])
            super().__setattr__(name, value)

        def __dir__(self) -> list[str]:
            return sorted({*super().__dir__(), *where})

    sys.modules[package].__class__ = LazyPackage
