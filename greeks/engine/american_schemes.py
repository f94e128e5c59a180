"""Sizes, nodes and matrices of the collocation schemes: what does not depend on the option."""

from functools import cache
from typing import Literal, NamedTuple, TypeAlias

import numpy as np

from greeks.engine.arrays import FloatArray

Accuracy: TypeAlias = Literal["fast", "accurate", "high"]

# start steps, iterations, nodes, points of a boundary integral, points of the price integral
SIZES: dict[str, tuple[int, int, int, int, int]] = {
    "fast": (3, 2, 7, 6, 20),
    "accurate": (3, 3, 9, 10, 32),
    "high": (4, 5, 20, 24, 64),
}


class Scheme(NamedTuple):
    """Collocation at times T z_i**2, integrals over T sin(theta)**2.

    `n_start_steps`, `n_iterations` : guarded steps of the start, sweeps of the fixed point.
    `node` : float64[n], z_i from 1 (all the time left) downwards, without the 0 at the end.
    `sine`, `cosine`, `weight` : float64[l], of theta in (0, pi/2), for the boundary integrals.
    `interpolation` : float64[n, l, n], heights at the nodes to heights at the points of node i.
    `price_*` : float64[p] and float64[p, n], the same for the price integral.
    """

    n_start_steps: int
    n_iterations: int
    node: FloatArray
    sine: FloatArray
    cosine: FloatArray
    weight: FloatArray
    interpolation: FloatArray
    price_sine: FloatArray
    price_cosine: FloatArray
    price_weight: FloatArray
    price_interpolation: FloatArray


@cache
def scheme_of(accuracy: Accuracy) -> Scheme:
    """Return the scheme named `accuracy`.

    Raises
    ------
    ValueError
        If there is none of that name.
    """
    if accuracy not in SIZES:
        raise ValueError(f"accuracy must be one of {', '.join(SIZES)}")
    return build_scheme(*SIZES[accuracy])


def build_scheme(
    n_start_steps: int, n_iterations: int, n_nodes: int, n_points: int, n_price_points: int
) -> Scheme:
    """Return the nodes and matrices for these sizes.

    Notes
    -----
    The nodes are fixed fractions of the time left, so Chebyshev interpolation is one matrix for
    all options. **Source**: Andersen, Lake and Offengenden (2016), Journal of Computational
    Finance 20(1), for the nodes and the square of the log boundary as the interpolated quantity;
    the map T sin(theta)**2, which is dense at both ends of each integral, is ours.
    """
    all_nodes = 0.5 * (1.0 + np.cos(np.pi * np.arange(n_nodes + 1) / n_nodes))
    node = all_nodes[:-1]
    sine, cosine, weight = _quarter_turn(n_points)
    price_sine, price_cosine, price_weight = _quarter_turn(n_price_points)
    at_points = np.multiply.outer(node, cosine)
    return Scheme(
        n_start_steps=n_start_steps,
        n_iterations=n_iterations,
        node=np.ascontiguousarray(node),
        sine=sine,
        cosine=cosine,
        weight=weight,
        interpolation=np.ascontiguousarray(_chebyshev_matrix(all_nodes, at_points)[..., :-1]),
        price_sine=price_sine,
        price_cosine=price_cosine,
        price_weight=price_weight,
        price_interpolation=np.ascontiguousarray(
            _chebyshev_matrix(all_nodes, price_cosine)[..., :-1]
        ),
    )


def _quarter_turn(n_points: int) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Return sine, cosine and Gauss-Legendre weights on (0, pi/2)."""
    x, weight = np.polynomial.legendre.leggauss(n_points)
    theta = 0.25 * np.pi * (1.0 + x)
    return np.sin(theta), np.cos(theta), 0.25 * np.pi * weight


def _chebyshev_matrix(nodes: FloatArray, points: FloatArray) -> FloatArray:
    """Return the matrix from values at the Chebyshev-Lobatto `nodes` to values at `points`."""
    sign = (-1.0) ** np.arange(nodes.size)
    sign[[0, -1]] *= 0.5
    distance = points[..., None] - nodes
    is_node = distance == 0.0
    share = sign / np.where(is_node, 1.0, distance)
    matrix = share / share.sum(axis=-1, keepdims=True)
    return np.where(is_node.any(axis=-1, keepdims=True), is_node * 1.0, matrix)
