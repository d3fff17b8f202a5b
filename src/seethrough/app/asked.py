"""From what a browser asks for to a job: every word checked against the verb's table, nothing passed on unseen."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import torch
from torch import Tensor
from torch.nn import functional

from seethrough.app.bounds import check_bounds
from seethrough.app.networks import Given, Networks
from seethrough.app.visitors import Photo, Visitor
from seethrough.dream import TABLE as DREAM
from seethrough.dream.recipes import CHOICES
from seethrough.errors import UserError, unknown
from seethrough.fool import TABLE as FOOL
from seethrough.jobs import Job, JobFunction, Step
from seethrough.networks.network import Network
from seethrough.results.fooling import Fooling
from seethrough.results.heatmap import Heatmap
from seethrough.see import TABLE as SEE
from seethrough.tables import Method, Table

TABLES: Mapping[str, Table] = {"see": SEE, "dream": DREAM, "fool": FOOL}
MOST_WORDS = 64
"""Classes, units or styles in one request."""
PHOTOS = ("photos", "whole photos", "photos together")
# What a need takes, by the names of the command line.
TAKES: Mapping[str, tuple[str, ...]] = {
    "class": ("classes",),
    "dreamt": ("classes",),
    "one dreamt": ("classes",),
    "truth": ("classes",),
    "goal": ("to", "away", "classes"),
    "to": ("to",),
    "to some": ("to",),
    "unit": ("unit",),
    "units": ("units",),
    "layer": ("layer",),
    "one layer": ("layer",),
    "layers": ("layers",),
    "on": ("on",),
    "start": ("start",),
    "styles": ("styles",),
    "paintings": ("styles",),
    "mask": ("mask",),
    "heatmap": ("of",),
}
ELSEWHERE = ("networks", "folder", "region", "learn on")
"""What the page has no place for."""


@dataclass(frozen=True)
class Asked:
    """A job as it was asked for: the method, its settings, the network by the name it was asked for, the photo."""

    verb: str
    method: Method
    net: str
    network: Network
    given_net: Given
    settings: Mapping[str, Any]
    given: Mapping[str, Any]
    photo: Photo | None
    arguments: Mapping[str, Any] = field(repr=False)
    styles: tuple[Photo, ...] = ()
    start: Photo | None = None

    def work(self) -> Job[Any]:
        """Begin it; what is no job becomes one of a single step."""
        function = self.method.load()
        if isinstance(function, JobFunction):
            work: Job[Any] = function.job(**self.arguments)
            return work
        return _at_once(function, self.arguments)


@dataclass(frozen=True)
class Request:
    """What a browser asked for, every word checked as far as that goes without a network."""

    verb: str
    method: Method
    net: str
    settings: Mapping[str, Any]
    given: Mapping[str, Any]
    photo: Photo | None
    styles: tuple[Photo, ...]


def checked(request: Any, networks: Networks, visitor: Visitor) -> Request:
    """Check a request; what is wrong with it is said before it waits for its turn."""
    if not isinstance(request, dict):
        raise UserError("request: it should be an object")
    verb, net = _word(request, "verb"), _word(request, "net", networks.first)
    if verb not in TABLES:
        raise unknown("verb", verb, TABLES)
    method = TABLES[verb][_word(request, "method")]
    networks.given(net)
    settings = _settings(method, request.get("settings") or {})
    given = _given(method, request.get("given") or {})
    check_bounds(method, settings, given)
    photo = None
    if set(PHOTOS) & set(method.needs):
        # What was made of a photo is of that photo.
        of = visitor.find(given["of"]).photo if "of" in given else None
        photo = visitor.photo(of or _word(request, "photo"))
    styles = tuple(visitor.photo(name) for name in given.get("styles", ()))
    return Request(verb, method, net, settings, given, photo, styles)


def asked(request: Request, networks: Networks, visitor: Visitor) -> Asked:
    """Load the network, and gather what the method takes."""
    method, given, photo = request.method, request.given, request.photo
    network = networks.get(request.net)
    arguments = {
        "network": network,
        **request.settings,
        **_arguments(method, given, network, photo, visitor, request.styles),
    }
    return Asked(
        request.verb,
        method,
        request.net,
        network,
        networks.given(request.net),
        {name: value for name, value in request.settings.items() if value != _default(method, name)},
        given,
        photo,
        method.arguments(arguments),
        request.styles,
        None if given.get("start") in (None, *CHOICES["start"]) else visitor.photo(given["start"]),
    )


def runs_here(method: Method) -> bool:
    """Tell whether the page has a place for what a method needs."""
    return not set(ELSEWHERE) & set(method.needs)


def _arguments(
    method: Method,
    given: Mapping[str, Any],
    network: Network,
    photo: Photo | None,
    visitor: Visitor,
    styles: tuple[Photo, ...],
) -> dict[str, Any]:
    found: dict[str, Any] = {name: value for name, value in given.items() if name not in ("of", "mask", "styles")}
    if photo is not None:
        whole = "whole photos" in method.needs
        found["images"] = [photo.pixels] if whole else network.frame(photo.pixels)
    if styles:
        found["styles"] = [style.pixels for style in styles]
    if "start" in given and given["start"] not in CHOICES["start"]:
        found["start"] = network.frame(visitor.photo(given["start"]).pixels)
    if "mask" in given:
        found["mask"] = _mask(visitor.mask(given["mask"]), network)
    if "of" in given:
        result = visitor.find(given["of"]).result
        if "heatmap" in method.needs and isinstance(result, Heatmap):
            found |= {"heatmap": result, "images": result.images.to(network.device)}
        elif "heatmap" not in method.needs and isinstance(result, Fooling):
            found["images"] = result
        else:
            raise UserError(f"of: a {type(result).__name__} is nothing that {method.command} can be made of")
    elif "heatmap" in method.needs:
        raise UserError(f"of: {method.command} is of a heat map; give the id of one")
    return found


def _mask(drawn: Tensor, network: Network) -> Tensor:
    """Return where pixels may change [H, W] of a mask that was drawn upon what the network sees."""
    mask = functional.interpolate(drawn.mean(0)[None, None], network.size, mode="bilinear")[0, 0] >= 0.5
    if not bool(mask.any()):
        raise UserError("mask: nothing is white in it; draw where pixels may change")
    return mask


def _settings(method: Method, asked: Any) -> dict[str, Any]:
    if not isinstance(asked, dict):
        raise UserError("settings: they should be an object")
    return {name: value for name, value in method.check(asked).items() if value is not None}


def _default(method: Method, name: str) -> Any:
    return next(setting.default for setting in method.settings if setting.name == name)


def _given(method: Method, asked: Any) -> dict[str, Any]:
    """Check what a method takes beside photos and settings; classes may be numbers, all else is words."""
    if not isinstance(asked, dict):
        raise UserError("given: it should be an object")
    known = {name for need in method.needs for name in TAKES.get(need, ())}
    known |= {"of"} if method.name == "survival" else set()
    checked: dict[str, Any] = {}
    for name, value in asked.items():
        if value is None or value == [] or value == "":
            continue
        if name not in known:
            raise unknown(f"given of {method.command}", str(name)[:40], known)
        checked[name] = _value(name, value)
    return checked


def _value(name: str, value: Any) -> Any:
    if name == "away":
        if isinstance(value, bool):
            return value
        raise UserError("away: it takes true or false")
    listed = value if isinstance(value, list) else [value]
    if len(listed) > MOST_WORDS:
        raise UserError(f"{name}: {len(listed)} are too many; right would be at most {MOST_WORDS}")
    for one in listed:
        if not isinstance(one, str | int) or isinstance(one, bool) or len(str(one)) > 200:
            raise UserError(f"{name}: {str(one)[:40]!r} does not fit; it takes a short word or a whole number")
    if name in ("styles", "units"):
        return [str(one) for one in listed]
    if name in ("classes", "to"):
        return listed if isinstance(value, list) else value
    if isinstance(value, list):
        raise UserError(f"{name}: a list does not fit; it takes one word")
    return str(value)


def _word(request: Mapping[str, Any], name: str, fallback: str = "") -> str:
    value = request.get(name) or fallback
    if not isinstance(value, str) or not value or len(value) > 200:
        raise UserError(f"{name}: it is missing, or no short word")
    return value


def _at_once(function: Any, arguments: Mapping[str, Any]) -> Job[Any]:
    yield Step(0, 1)
    with torch.inference_mode(False):
        return function(**arguments)
