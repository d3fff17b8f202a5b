"""Two names that lucent looks for in kornia, which has moved them since."""

import kornia
from kornia.geometry import transform

NAMES = ("get_rotation_matrix2d", "warp_affine")


def bring_kornia_names() -> None:
    """Put the names back where they are missing."""
    for name in NAMES:
        if not hasattr(kornia, name):
            setattr(kornia, name, getattr(transform, name))
