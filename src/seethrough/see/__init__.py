"""See: what in this image mattered, and what each layer made of it."""

from typing import TYPE_CHECKING

from seethrough.see.table import TABLE
from seethrough.tables import load_lazily

if TYPE_CHECKING:
    from seethrough.see.agreement import agreement
    from seethrough.see.backprop_compare import backprop_compare
    from seethrough.see.cam import cam
    from seethrough.see.cam_sheet import cam_sheet
    from seethrough.see.compare import compare
    from seethrough.see.deconvnet import deconvnet
    from seethrough.see.deletion_insertion import deletion_insertion
    from seethrough.see.feature_maps import feature_maps
    from seethrough.see.filters import filters
    from seethrough.see.first_layers import first_layers
    from seethrough.see.grad_cam import grad_cam
    from seethrough.see.grad_cam_pp import grad_cam_pp
    from seethrough.see.gradient import gradient
    from seethrough.see.gradient_x_input import gradient_x_input
    from seethrough.see.guided_backprop import guided_backprop
    from seethrough.see.guided_grad_cam import guided_grad_cam
    from seethrough.see.integrated_gradients import integrated_gradients
    from seethrough.see.layer_cam import layer_cam
    from seethrough.see.layers_strip import layers_strip
    from seethrough.see.mask import mask
    from seethrough.see.occlusion import occlusion
    from seethrough.see.rise import rise
    from seethrough.see.sanity_check import sanity_check
    from seethrough.see.score_cam import score_cam
    from seethrough.see.smooth_grad import smooth_grad

__all__ = [
    "TABLE",
    "agreement",
    "backprop_compare",
    "cam",
    "cam_sheet",
    "compare",
    "deconvnet",
    "deletion_insertion",
    "feature_maps",
    "filters",
    "first_layers",
    "grad_cam",
    "grad_cam_pp",
    "gradient",
    "gradient_x_input",
    "guided_backprop",
    "guided_grad_cam",
    "integrated_gradients",
    "layer_cam",
    "layers_strip",
    "mask",
    "occlusion",
    "rise",
    "sanity_check",
    "score_cam",
    "smooth_grad",
]

load_lazily(__name__, {method.name: method.where for method in TABLE.values()})
