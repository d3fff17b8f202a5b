"""t-SNE: rows of numbers as points in the plane, neighbours close to neighbours (van der Maaten and Hinton 2008)."""

import numpy as np
import torch
from torch import Tensor

from seethrough.errors import require
from seethrough.jobs import Job, Step
from seethrough.study.principal import principal_components

KEPT = 50
"""Principal components that the neighbours are looked for in: more cost time, and hold little but noise."""
EXAGGERATED, PLAIN, AT_ONCE = 250, 500, 50
"""Steps with attraction twelvefold, steps after that, and steps between two looks."""
SMALL = 1e-4
"""Spread of the points at the start."""


def tsne(rows: Tensor, perplexity: float, seed: int) -> Job[Tensor]:
    """Return a point [N, 2] for each row, found by openTSNE with interpolated forces (Linderman et al. 2019, arXiv:1712.09005).

    It starts from the first two principal components, so that what is far apart stays so. Asked to stop, it returns the points
    as they are.
    """
    open_tsne = require("openTSNE", "study")
    reduced = principal_components(rows, min(KEPT, rows.shape[1]))[0]
    start = principal_components(reduced, 2)[0]
    threads = torch.get_num_threads()
    affinities = open_tsne.affinity.PerplexityBasedNN(
        reduced.numpy(), perplexity=perplexity, n_jobs=threads, random_state=seed
    )
    begun = (start / start[:, 0].std(correction=0).clamp_min(1e-12) * SMALL).numpy()
    points = open_tsne.TSNEEmbedding(
        np.array(begun), affinities, negative_gradient_method="fft", n_jobs=threads, random_state=seed
    )
    total = EXAGGERATED + PLAIN
    for done in range(0, total, AT_ONCE):
        early = done < EXAGGERATED
        points.optimize(AT_ONCE, exaggeration=12 if early else 1, momentum=0.5 if early else 0.8, inplace=True)
        if (yield Step(done + AT_ONCE, total, {"divergence": float(points.kl_divergence)})):
            break
    return torch.from_numpy(np.array(points, dtype=np.float64))
