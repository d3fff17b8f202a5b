"""Deletion and insertion: does the score hang on the pixels that a map calls important?"""

import torch
from torch import Tensor

from seethrough.errors import UserError
from seethrough.jobs import Job, Step, job
from seethrough.networks.network import Network
from seethrough.networks.streams import passes
from seethrough.results.curves import Curves
from seethrough.results.heatmap import Heatmap
from seethrough.see.fill import Fill, filled
from seethrough.see.goal import Goal, On, goal
from seethrough.see.ranking import places


@job
def deletion_insertion(
    network: Network,
    images: Tensor,
    heatmap: Heatmap,
    *,
    steps: int = 32,
    deleted: Fill = "zero",
    inserted: Fill = "blur",
    on: On = "probability",
    batch: int | None = None,
) -> Job[Curves]:
    """Score of the map's class as its pixels go, most important first, in `steps` equal parts; and as they come back.

    Petsiuk et al. 2018, arXiv:1806.07421. Deletion puts the fill `deleted` where a pixel was; insertion begins with the
    fill `inserted`. A map that found what the network goes by has a small area under the first curve and a large one under
    the second. Equal values go in order of place, NaN last. Coarse fractions are measured first: asked to stop, it returns
    curves of fewer points.

    >>> deletion_insertion(network, pixels, grad_cam(network, pixels, "espresso")).insertion_area
    """
    batch = network.at_once(batch)
    images = network.checked(images)
    if (len(images), *images.shape[-2:]) != tuple(heatmap.values.shape):
        raise UserError(
            f"heatmap is of {_sizes(heatmap.values)}; images is {_sizes(images[:, 0])}: give its own images"
        )
    explained = goal(network, images, _classes(heatmap), on=on)
    pixels = heatmap.values[0].numel()
    if not 1 <= steps <= pixels:
        raise UserError(f"steps is {steps}; it takes 1 to {pixels}, as many as there are pixels")
    fills = torch.stack([filled(images, deleted), filled(images, inserted)])
    importance = places(heatmap.values).to(images.device)[:, None]
    # Both ends first, then halves, then quarters: wherever it is stopped there is a curve.
    order = sorted(range(steps + 1), key=lambda step: (0 < step < steps, -(step & -step)))
    parts = torch.tensor(order)
    counts = torch.tensor([step * pixels // steps for step in range(steps + 1)])
    scores = torch.zeros(2, len(images), steps + 1, dtype=torch.float64)
    measured = 0
    work = passes(len(images), 2 * len(order), batch)
    for done, rows in enumerate(work, start=1):
        varied = torch.arange(measured, measured + len(rows)) // len(images)
        kinds, steps_in = varied % 2, parts[varied // 2]
        scores[kinds, rows, steps_in] = _scores(explained, images, importance, fills, rows, kinds, counts[steps_in])
        measured += len(rows)
        complete = measured // (2 * len(images))
        stop = yield Step(done, len(work))
        if stop and complete >= 2:
            break
    known = sorted(order[:complete])
    return Curves(
        network=network.name,
        method="see.deletion_insertion",
        settings={"steps": steps, "deleted": deleted, "inserted": inserted, "on": on},
        heatmap=heatmap,
        fractions=(counts.double() / pixels)[known],
        deletion=scores[0][:, known],
        insertion=scores[1][:, known],
    )


def _scores(
    explained: Goal, images: Tensor, importance: Tensor, fills: Tensor, rows: Tensor, kinds: Tensor, counts: Tensor
) -> Tensor:
    """Return the scores of images `rows` without (kind 0) or with nothing but (kind 1) their `counts` first pixels."""
    first = importance[rows] < counts.view(-1, 1, 1, 1).to(importance.device)
    from_photo = first ^ (kinds == 0).view(-1, 1, 1, 1).to(first.device)
    with torch.inference_mode(False), torch.no_grad():
        pictures = torch.where(from_photo, images[rows], fills[kinds, rows])
        numbers, _ = explained.numbers(pictures, rows.to(images.device))
    return numbers.cpu().double()


def _classes(heatmap: Heatmap) -> Tensor:
    """Return the class each map explains, or refuse a map of something else."""
    indices = [target.index for target in heatmap.targets if target.index is not None]
    if len(indices) < len(heatmap.targets):
        other = next(target for target in heatmap.targets if target.index is None)
        raise UserError(f"heatmap explains {other}, which is no class: deletion and insertion follow a class's score")
    return torch.tensor(indices)


def _sizes(batch: Tensor) -> str:
    return f"{len(batch)} x {batch.shape[-2]} x {batch.shape[-1]}"
