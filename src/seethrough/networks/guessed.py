"""What scores say: the likeliest classes, by name."""

from torch import Tensor

from seethrough.networks.labels import Labels
from seethrough.results.guesses import Guess


def guessed(probabilities: Tensor, top: int, labels: Labels) -> tuple[tuple[Guess, ...], ...]:
    """Return the `top` likeliest classes of each row of probabilities [B, K], or all where there are fewer."""
    best = probabilities.topk(min(top, probabilities.shape[1]), dim=1)
    return tuple(
        tuple(
            Guess(index, labels.names[index], labels.wnid(index), value)
            for value, index in zip(values, indices, strict=True)
        )
        for values, indices in zip(best.values.tolist(), best.indices.tolist(), strict=True)
    )
