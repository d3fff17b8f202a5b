"""The least move across several boundaries at once: what it takes to be read as one class, where the others stand near."""

from typing import TypeAlias

import numpy as np
import torch
from numpy.typing import NDArray
from scipy.optimize import linprog, minimize
from scipy.sparse import csr_matrix, eye, hstack, vstack
from torch import Tensor

EXACT = 1e-10

Numbers: TypeAlias = NDArray[np.float64]


def several_linf(slopes: Tensor, gains: Tensor, low: Tensor, high: Tensor) -> Tensor | None:
    """Return the move [n] of least L-infinity norm with slopes [K, n] . move >= gains [K] and low <= move <= high, or None.

    A linear programme: the least r with |move| <= r.
    """
    count = slopes.shape[1]
    one, r = eye(count), csr_matrix(np.ones((count, 1)))
    over = hstack([csr_matrix(-slopes.numpy()), csr_matrix((len(slopes), 1))])
    found = linprog(
        np.append(np.zeros(count), 1.0),
        A_ub=vstack([over, hstack([one, -r]), hstack([-one, -r])]),
        b_ub=np.concatenate([-gains.numpy(), np.zeros(2 * count)]),
        bounds=[*zip(low.tolist(), high.tolist(), strict=True), (0, None)],
        method="highs",
        options={"primal_feasibility_tolerance": EXACT, "dual_feasibility_tolerance": EXACT},
    )
    return torch.from_numpy(found.x[:-1]).clamp(low, high) if found.status == 0 else None


def several_l2(slopes: Tensor, gains: Tensor, low: Tensor, high: Tensor) -> Tensor | None:
    """Return the move [n] of least L2 norm with slopes [K, n] . move >= gains [K] and low <= move <= high, or None.

    Its dual has one number for each boundary: the move is clip(slopes' mixture), and the mixture is what is searched.
    """
    rows, wanted = slopes.numpy(), gains.numpy()
    # Boundaries of unit length: the search then sees round valleys.
    lengths = np.linalg.norm(rows, axis=1)
    if not lengths.all():
        return None
    rows, wanted = rows / lengths[:, None], wanted / lengths
    walls = low.numpy(), high.numpy()

    def move(mixture: Numbers) -> Numbers:
        moved: Numbers = np.clip(mixture @ rows, *walls)
        return moved

    def dual(mixture: Numbers) -> tuple[float, Numbers]:
        moved = move(mixture)
        left = rows @ moved - wanted
        return float(mixture @ left - moved @ moved / 2), left

    found = minimize(
        dual,
        np.maximum(wanted, 0),
        jac=True,
        method="L-BFGS-B",
        bounds=[(0, None)] * len(rows),
        options={"ftol": 0.0, "gtol": EXACT, "maxiter": 10_000, "maxfun": 100_000},
    )
    moved = move(found.x)
    return torch.from_numpy(moved) if (rows @ moved - wanted).min() > -1e-6 else None
