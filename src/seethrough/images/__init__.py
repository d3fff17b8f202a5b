"""Images: float tensors [C, H, W] with values in [0, 1]; one way in, `photo`, and one way out, `save_image`."""

from typing import TYPE_CHECKING

from seethrough.images.samples import SAMPLES, Sample, sample_path
from seethrough.images.sources import expand, locate, photo_name
from seethrough.tables import load_lazily

if TYPE_CHECKING:
    from seethrough.images.photo import photo
    from seethrough.images.save import save_image

__all__ = ["SAMPLES", "Sample", "expand", "locate", "photo", "photo_name", "sample_path", "save_image"]

# These two bring torch, which the names of samples and files can do without.
load_lazily(__name__, {"photo": "seethrough.images.photo:photo", "save_image": "seethrough.images.save:save_image"})
