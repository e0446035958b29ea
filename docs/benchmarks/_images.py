"""Images of 28 x 28 pixels with more ways to vary, after the recipes of Larochelle et al. (2007).

H. Larochelle, D. Erhan, A. Courville, J. Bergstra, Y. Bengio (2007). An empirical
evaluation of deep architectures on problems with many factors of variation. ICML.
Rows are flat images in [0, 1], in float32.
"""

import numpy as np
from scipy.ndimage import rotate
from scipy.spatial import ConvexHull

SIDE = 28
GRID = np.stack(np.mgrid[:SIDE, :SIDE], axis=-1).reshape(-1, 2).astype(float)
BAND, SMALLEST = 50, 40
"""Width of the bands of areas in which both classes are equally frequent, and the smallest area."""
Drawn = tuple[np.ndarray, np.ndarray]


def rotated(X: np.ndarray, seed: int) -> np.ndarray:
    """Each image rotated by an angle that is uniform over the circle."""
    angles = np.random.RandomState(seed).uniform(0, 360, len(X))
    images = X.reshape(-1, SIDE, SIDE)
    turned = [
        rotate(image, angle, reshape=False, order=1)
        for image, angle in zip(images, angles, strict=True)
    ]
    return np.clip(turned, 0, 1).astype(np.float32).reshape(len(X), -1)


def on_noise(X: np.ndarray, seed: int) -> np.ndarray:
    """Each image before a background of pixels that are uniform in [0, 1]."""
    background = np.random.RandomState(seed).uniform(size=X.shape)
    return np.maximum(X, background).astype(np.float32)


def rectangles(n: int, seed: int) -> Drawn:
    """Outlines of rectangles; the class is 1 if it is higher than wide, by 3 pixels or more either way."""
    random = np.random.RandomState(seed)
    X, y = np.zeros((n, SIDE, SIDE), dtype=np.float32), np.zeros(n, dtype=int)
    for k in range(n):
        height = width = 0
        while abs(height - width) < 3:
            height, width = random.randint(2, SIDE + 1, size=2)
        top, left = random.randint(SIDE - height + 1), random.randint(SIDE - width + 1)
        X[k, top : top + height, left : left + width] = 1
        X[k, top + 1 : top + height - 1, left + 1 : left + width - 1] = 0
        y[k] = height > width
    return X.reshape(n, -1), y


def convex(n: int, seed: int) -> Drawn:
    """White regions; the class is 1 if it is convex. Areas are equally frequent in both classes."""
    random, pairs = np.random.RandomState(seed), []
    while 2 * len(pairs) < n:
        whole = intersections(random, 500, 1, 4)
        parts = [intersections(random, 500, 3, 6) for _ in range(3)]
        # Two parts or three.
        parts[2] &= random.rand(500, 1) < 0.5
        others = np.array([region for region in np.any(parts, axis=0) if not is_convex(region)])
        areas = [regions.sum(1) for regions in (whole, others)]
        for low in range(SMALLEST, SIDE * SIDE, BAND):
            band = [
                regions[(area >= low) & (area < low + BAND)]
                for regions, area in zip((whole, others), areas, strict=True)
            ]
            pairs += list(zip(*band, strict=False))
    order = random.permutation(len(pairs))[: -(-n // 2)]
    X = np.array(pairs, dtype=np.float32)[order].reshape(-1, SIDE * SIDE)[:n]
    return X, np.arange(n) % 2 == 0


def intersections(random: np.random.RandomState, n: int, fewest: int, most: int) -> np.ndarray:
    """Convex regions, (n, 784): each the intersection of a number of random half-planes."""
    points = random.uniform(0, SIDE - 1, size=(n, most, 2))
    angles = random.uniform(0, 2 * np.pi, size=(n, most))
    normals = np.stack([np.cos(angles), np.sin(angles)], axis=-1)
    offsets = (points * normals).sum(-1)
    inside = normals @ GRID.T >= offsets[..., None]
    unused = np.arange(most) >= random.randint(fewest, most + 1, size=n)[:, None]
    return (inside | unused[..., None]).all(1)


def is_convex(region: np.ndarray) -> bool:
    """Whether the convex hull of its pixels holds no other pixel; a small region counts as convex."""
    if region.sum() < SMALLEST:
        return True
    facets = ConvexHull(GRID[region]).equations
    return bool((GRID @ facets[:, :2].T + facets[:, 2] <= 1e-9).all(1).sum() == region.sum())
