"""See: what in this image mattered, and what each layer made of it."""

from typing import TYPE_CHECKING

from seethrough.see.table import TABLE
from seethrough.tables import load_lazily

if TYPE_CHECKING:
    from seethrough.see.cam import cam
    from seethrough.see.cam_sheet import cam_sheet
    from seethrough.see.grad_cam import grad_cam
    from seethrough.see.grad_cam_pp import grad_cam_pp
    from seethrough.see.gradient import gradient
    from seethrough.see.gradient_x_input import gradient_x_input
    from seethrough.see.integrated_gradients import integrated_gradients
    from seethrough.see.layer_cam import layer_cam
    from seethrough.see.smooth_grad import smooth_grad

__all__ = [
    "TABLE",
    "cam",
    "cam_sheet",
    "grad_cam",
    "grad_cam_pp",
    "gradient",
    "gradient_x_input",
    "integrated_gradients",
    "layer_cam",
    "smooth_grad",
]

load_lazily(__name__, {method.name: method.where for method in TABLE.values()})
