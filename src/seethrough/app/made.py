"""What was made in the browser: kept for a while, told in plain words and numbers, its pictures drawn when asked for."""

import json
import secrets
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any

from torch import Tensor

from seethrough.app.cover import guess_told
from seethrough.app.draw import heat_picture, noise_png, png
from seethrough.errors import UserError
from seethrough.plots import png as figure_png
from seethrough.results.curves import Curves
from seethrough.results.dream import Dream
from seethrough.results.fooling import Fooling
from seethrough.results.heatmap import Heatmap
from seethrough.results.inversion import Inversion
from seethrough.results.mask import Mask
from seethrough.results.result import Result
from seethrough.results.store import save_numbers
from seethrough.results.styled import Styled
from seethrough.results.survival import Survival

ONE = 16
"""Images of one result that the page shows by themselves; the figure and the file hold all."""


@dataclass(frozen=True)
class Made:
    """A result, and how it came to be; `chances` is how likely some classes were on the way."""

    result: Result
    verb: str
    method: str
    net: str
    photo: str | None
    command: str
    stopped: bool
    seconds: float
    chances: Mapping[str, list[dict[str, float]]] = field(default_factory=dict)
    id: str = field(default_factory=lambda: secrets.token_urlsafe(12))

    @property
    def bytes(self) -> int:
        """Count what it takes to keep it."""
        return weight(self.result)

    @property
    def address(self) -> str:
        """Return where the browser finds it."""
        return f"/api/made/{self.id}"


def told(made: Made) -> dict[str, Any]:
    """Say all that the page shows of it."""
    result = made.result
    said: dict[str, Any] = {
        "id": made.id,
        "verb": made.verb,
        "method": made.method,
        "kind": type(result).__name__,
        "net": made.net,
        "photo": made.photo,
        "says": result.line(),
        "command": made.command,
        "stopped": made.stopped,
        "seconds": round(made.seconds, 2),
        "figure": f"{made.address}/figure.png",
        "result": f"{made.address}/result.safetensors",
        "table": result.table(),
        "chances": dict(made.chances),
    }
    for kind, tell in TELLS.items():
        if isinstance(result, kind):
            said |= tell(made.address, result)
    finite: dict[str, Any] = _finite(said)
    return finite


def picture(made: Made, what: str, place: int = 0, way: int = 0) -> bytes:
    """Draw one of its pictures: the captioned figure, or one by name."""
    result = made.result
    if what == "figure":
        return figure_png(result.figure())
    drawn = _drawn(result, what, place, way)
    if drawn is None:
        raise UserError(f"picture: this {type(result).__name__} has no {what[:40]!r} {place}")
    return drawn


def result_file(made: Made) -> bytes:
    """Write the result as `seethrough ... --save` does."""
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder, "result.safetensors")
        save_numbers(made.result, place)
        return place.read_bytes()


def weight(value: Any) -> int:
    """Count the bytes of all tensors in a result, and of the results inside it."""
    if isinstance(value, Tensor):
        return value.nbytes
    if isinstance(value, tuple | list):
        return sum(weight(one) for one in value)
    if isinstance(value, Result):
        return 10_000 + sum(weight(getattr(value, each.name)) for each in fields(value))
    return 0


def _drawn(result: Result, what: str, place: int, way: int) -> bytes | None:
    try:
        match result, what:
            case Heatmap(), "map":
                return heat_picture(result, place)
            case Heatmap(), "attribution" if result.raw is not None and result.raw.shape[1] in (1, 3):
                return png(result.about_grey(place))
            case Dream() | Fooling(), "image":
                return png(result.images[place])
            case Inversion() | Styled(), "image":
                return png(result.pictures[place])
            case Fooling(), "original":
                return png(result.originals[place])
            case Fooling(), "noise":
                return noise_png(result.images[place] - result.originals[place])[0]
            case Survival(), "image":
                return png(result.images[place, way])
            case Mask(), "mask":
                return png(result.mask[place][None].float())
            case Mask(), "cut-out":
                return png(result.cut_outs[place])
    except IndexError:
        pass
    return None


def _heatmap(address: str, result: Heatmap) -> dict[str, Any]:
    silent = result.flat()
    pictured = result.raw is not None and result.raw.shape[1] in (1, 3)
    return {
        "maps": [
            {
                "target": str(target),
                "map": f"{address}/map?place={place}",
                "picture": f"{address}/attribution.png?place={place}" if pictured else None,
                "says_nothing": place in silent,
                "signed": result.signed,
            }
            for place, target in enumerate(result.targets[:ONE])
        ]
    }


def _dream(address: str, result: Dream) -> dict[str, Any]:
    return {
        "images": [
            {
                "picture": f"{address}/image.png?place={place}",
                "title": result.title(place),
                "guess": guess_told(result.guesses[place]),
                "facts": _facts(
                    place,
                    {
                        "reached": result.reached,
                        "wanted": result.wanted,
                        "probability": result.probabilities,
                        "amplitudes fall as 1/f to the power": result.falls,
                    },
                ),
            }
            for place in range(min(len(result), ONE))
        ],
        "traces": _traces(result.trace, result.wishes),
    }


def _inversion(address: str, result: Inversion) -> dict[str, Any]:
    return {
        "images": [
            {
                "picture": f"{address}/image.png?place={place}",
                "title": f"{result.label(place)}: {result.errors(place)}",
                "guess": guess_told(result.guesses[place]),
                "facts": _facts(place, {"code off by": result.code_error, "pixels off by": result.pixel_error}),
            }
            for place in range(min(len(result), ONE))
        ],
        "traces": _traces(result.trace, tuple(result.label(place) for place in range(len(result)))),
    }


def _styled(address: str, result: Styled) -> dict[str, Any]:
    return {
        "images": [
            {
                "picture": f"{address}/image.png?place={place}",
                "title": result.say(place),
                "guess": None,
                "facts": _facts(
                    place,
                    {
                        "style off by": result.style_cost,
                        "style off before": result.style_before,
                        "content off by": result.content_cost,
                    },
                ),
            }
            for place in range(min(len(result), ONE))
        ],
        "traces": _traces(result.trace, tuple(result.say(place) for place in range(len(result)))),
    }


def _fooling(address: str, result: Fooling) -> dict[str, Any]:
    return {
        "fooling": [
            {
                "before": guess_told(result.before[place]),
                "after": guess_told(result.after[place]),
                "goal": result.goals[place],
                "success": bool(result.success[place]),
                "original": f"{address}/original.png?place={place}",
                "image": f"{address}/image.png?place={place}",
                "noise": f"{address}/noise.png?place={place}",
                "largest": float((result.images[place] - result.originals[place]).abs().max()),
                "l2": float(result.l2[place]),
                "steps": int(result.steps[place]),
                "queries": int(result.queries[place]),
                "file_fools": bool(result.png_success[place]),
                "allowed": result.allowed(place),
            }
            for place in range(min(len(result), ONE))
        ],
        "traces": _traces(result.trace, result.goals),
    }


def _survival(address: str, result: Survival) -> dict[str, Any]:
    return {
        "survival": [
            [
                {
                    "change": change,
                    "picture": f"{address}/image.png?place={place}&way={way}",
                    "guess": guess_told(result.guesses[place][way]),
                    "lasts": bool(result.lasts[place, way]),
                }
                for way, change in enumerate(result.changes)
            ]
            for place in range(min(len(result), ONE))
        ]
    }


def _curves(address: str, result: Curves) -> dict[str, Any]:
    across = result.fractions.tolist()
    return {
        "areas": {
            "deletion": float(result.deletion_area[0]),
            "insertion": float(result.insertion_area[0]),
            "curves": [
                {"name": "deletion", "x": across, "y": result.deletion[0].tolist()},
                {"name": "insertion", "x": across, "y": result.insertion[0].tolist()},
            ],
        }
    }


def _mask(address: str, result: Mask) -> dict[str, Any]:
    return {
        "cut_out": {
            "mask": f"{address}/mask.png?place=0",
            "picture": f"{address}/cut-out.png?place=0",
            "share": result.share(0),
        }
    }


TELLS: dict[type[Result], Callable[[str, Any], dict[str, Any]]] = {
    Heatmap: _heatmap,
    Dream: _dream,
    Inversion: _inversion,
    Styled: _styled,
    Fooling: _fooling,
    Survival: _survival,
    Curves: _curves,
    Mask: _mask,
}
"""What the page shows of a kind of result, beside what it shows of all."""


def _traces(trace: Tensor, names: tuple[str, ...]) -> list[dict[str, Any]]:
    # Not a number once an image had left.
    return [
        {"name": name, "values": values[values.isfinite()].tolist()}
        for name, values in zip(names[:ONE], trace[:ONE], strict=False)
    ]


def _facts(place: int, numbers: Mapping[str, Tensor | None]) -> list[dict[str, Any]]:
    return [{"name": name, "value": float(each[place])} for name, each in numbers.items() if each is not None]


def _finite(value: Any) -> Any:
    """Return plain words and numbers as JSON can hold them: what is not a number is nothing there."""
    return json.loads(json.dumps(value), parse_constant=lambda _: None)
