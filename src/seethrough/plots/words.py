"""Words in figures: how wide they are, where they break, how a number is said."""

import math
from collections.abc import Sequence

from matplotlib.font_manager import FontProperties
from matplotlib.textpath import text_to_path

FAMILY = "DejaVu Sans"
SAFETY = 1.04  # drawn letters are rounded to whole pixels, measured ones are not


def width(text: str, points: float, *, bold: bool = False) -> float:
    """Measure one line of text, in inches.

    >>> 0.5 < width("espresso", 12) < 0.9
    True
    """
    font = FontProperties(family=FAMILY, size=points, weight="bold" if bold else "normal")
    across, _, _ = text_to_path.get_text_width_height_descent(text, font, ismath=False)
    return float(across) / 72 * SAFETY


def fitting(text: str, inches: float, points: float, *, bold: bool = False) -> int:
    """Count the leading letters of a text that fit into so many inches.

    >>> fitting("espresso", 100, 12)
    8
    """
    low, high = 0, len(text)
    while low < high:
        middle = (low + high + 1) // 2
        if width(text[:middle], points, bold=bold) <= inches:
            low = middle
        else:
            high = middle - 1
    return low


def wrapped(text: str, inches: float, points: float, *, bold: bool = False) -> str:
    """Break a text into lines no wider than so many inches, inside a word only where the word alone is too wide.

    >>> wrapped("a cup of coffee", 0.7, 12)
    'a cup of\\ncoffee'
    """
    lines: list[str] = []
    for paragraph in text.splitlines():
        line = ""
        for word in paragraph.split():
            longer = f"{line} {word}" if line else word
            if width(longer, points, bold=bold) <= inches:
                line = longer
                continue
            if line:
                lines.append(line)
            line = word
            while width(line, points, bold=bold) > inches and len(line) > 1:
                cut = max(1, fitting(line, inches, points, bold=bold))
                after_mark = max(line.rfind(mark, 0, cut) for mark in "-_./") + 1
                cut = after_mark if after_mark > cut / 3 else cut
                lines.append(line[:cut])
                line = line[cut:]
        lines.append(line)
    return "\n".join(lines)


def shortened(text: str, inches: float, points: float) -> str:
    """Keep a text on one line of so many inches; what does not fit ends in an ellipsis.

    >>> shortened("Egyptian cat", 0.7, 11)
    'Egypti…'
    """
    text = " ".join(text.split())
    if width(text, points) <= inches:
        return text
    kept = fitting(text, inches - width("…", points), points)
    return text[:kept].rstrip(" ,;") + "…"


def numbers(values: Sequence[float]) -> list[str]:
    """Write numbers with as few digits as still tell them apart.

    >>> numbers([0.0, 0.25, 0.5]), numbers([1000.0, 1000.5])
    (['0', '0.25', '0.5'], ['1000', '1000.5'])
    """
    apart = min((abs(b - a) for a in values for b in values if a != b), default=math.inf)
    for digits in range(2, 17):
        written = [f"{value:.{digits}g}" for value in values]
        if all(abs(float(text) - value) <= apart / 50 for text, value in zip(written, values, strict=True)):
            return [plainly(text) for text in written]
    return [repr(value) for value in values]


def plainly(number: str) -> str:
    """Write 1e+03 as 1000 and 1e-05 as 1e-5: exponents only where they are shorter.

    >>> plainly("1e+03"), plainly("2.5e-07")
    ('1000', '2.5e-7')
    """
    if "e" not in number:
        return number
    mantissa, _, exponent = number.partition("e")
    long = f"{float(number):.0f}"
    return long if 0 < int(exponent) < 6 else f"{mantissa}e{int(exponent)}"
