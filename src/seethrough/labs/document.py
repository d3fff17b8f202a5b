"""A document: parts that make sections of a page, in order."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

from seethrough.jobs import Job
from seethrough.labs.desk import Desk
from seethrough.report import Section

Sections: TypeAlias = tuple[Section, ...]


@dataclass(frozen=True)
class Part:
    """A part of a document: a short name for files and `--only`, what it is called, and the job that makes its sections.

    A part takes nothing from the parts before it but what they left in the desk's folder, so that it can be made alone.
    """

    name: str
    title: str
    make: Callable[[Desk], Job[Sections]]


@dataclass(frozen=True)
class Document:
    """What a page is called, its parts, and the networks it is about: the first that can be had, where none is asked for.

    `subtitle` says what this run is about, from its desk.
    """

    name: str
    title: str
    subtitle: Callable[[Desk], str]
    parts: tuple[Part, ...]
    networks: tuple[str, ...]
