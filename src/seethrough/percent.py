"""How a probability is said."""

import math


def percent(probability: float) -> str:
    """Say a probability as people do; never round it to nothing or to certainty.

    >>> percent(0.9524), percent(0.0031), percent(0.0004), percent(0.9999)
    ('95.2 %', '0.3 %', '<0.1 %', '>99.9 %')
    """
    if math.isnan(probability):
        return "not a number"
    if probability in (0, 1):
        return f"{probability * 100:.0f} %"
    if abs(probability) < 0.0005:
        return "<0.1 %" if probability > 0 else ">-0.1 %"
    if 0.9995 <= probability < 1:
        return ">99.9 %"
    return f"{probability * 100:.1f} %"
