"""See what an image classifier sees, and how it can be fooled.

>>> import seethrough
>>> network = seethrough.load()
>>> pixels = network.frame(seethrough.photo("coffee"))
>>> network.classify(pixels)[0][0].label
'espresso'
"""

from typing import TYPE_CHECKING

from seethrough.errors import UserError
from seethrough.tables import load_lazily

if TYPE_CHECKING:
    from seethrough import datasets, dream, fool, see, study, train
    from seethrough.images import photo, save_image
    from seethrough.networks.network import Network
    from seethrough.networks.zoo import load
    from seethrough.results import load_result

__version__ = "0.1.0"
__all__ = [
    "Network",
    "UserError",
    "datasets",
    "dream",
    "fool",
    "load",
    "load_result",
    "photo",
    "save_image",
    "see",
    "study",
    "train",
]

load_lazily(
    __name__,
    {
        "Network": "seethrough.networks.network:Network",
        "datasets": "seethrough.datasets",
        "dream": "seethrough.dream",
        "fool": "seethrough.fool",
        "load": "seethrough.networks.zoo:load",
        "load_result": "seethrough.results:load_result",
        "photo": "seethrough.images:photo",
        "save_image": "seethrough.images:save_image",
        "see": "seethrough.see",
        "study": "seethrough.study",
        "train": "seethrough.train",
    },
)
