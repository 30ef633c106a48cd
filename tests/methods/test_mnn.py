import numpy as np
import pytest
from scipy.spatial.distance import cdist

from rnalign_core.methods.mnn import correct, mutual_neighbours

ALL_GENES = np.ones(2, dtype=bool)


def test_by_hand():
    # Pairs are the first two of each. Their vectors are (-5, -1) and (-5, 1), so the batch lies along x; made flat
    # along it, references are at x = 0 and targets at x = 6.
    reference = np.array([[0.0, -1.0], [0.0, 11.0]])
    target = np.array([[5.0, 0.0], [5.0, 10.0], [8.0, 4.0]])
    moved = correct(reference, target, ALL_GENES, k_reference=1, k_target=1, k_smooth=2)
    # Reach is 3 distances to the farther pair: 30, 30 and 18 for distances (0, 10), (0, 10) and (4, 6).
    w = (1 - 1 / 27) ** 3
    near, far = (1 - (4 / 18) ** 3) ** 3, (1 - (6 / 18) ** 3) ** 3
    y = [0 + (w - 1) / (1 + w), 10 + (1 - w) / (1 + w), 4 + (far - near) / (far + near)]
    np.testing.assert_allclose(moved, np.column_stack([[0, 0, 0], y]), atol=1e-12)


def plain(reference, target, genes, k_reference, k_target, k_smooth, n_distances):
    """The method in loops."""
    d = cdist(target[:, genes], reference[:, genes])
    partners = {}
    for t in range(len(target)):
        for r in np.argsort(d[t])[:k_reference]:
            if t in np.argsort(d[:, r])[:k_target]:
                partners.setdefault(t, []).append(r)
    vector = {t: np.mean([reference[r] - target[t] for r in rs], axis=0) for t, rs in partners.items()}
    batch = np.mean(list(vector.values()), axis=0)
    batch /= np.sqrt(np.sum(batch**2))
    flat = []
    for x in (reference, target):
        places = [row @ batch for row in x]
        flat.append(np.array([row + (np.mean(places) - p) * batch for row, p in zip(x, places, strict=True)]))
    reference, target = flat
    vector = {t: np.mean([reference[r] - target[t] for r in rs], axis=0) for t, rs in partners.items()}
    moved = []
    for row in target:
        near = sorted((np.linalg.norm((row - target[t])[genes]), t) for t in vector)[:k_smooth]
        reach = n_distances * near[len(near) // 2][0]
        weights = [(1 - min(distance / reach, 1) ** 3) ** 3 for distance, _ in near]
        moved.append(row + sum(w * vector[t] for w, (_, t) in zip(weights, near, strict=True)) / sum(weights))
    return partners, np.array(moved)


@pytest.mark.parametrize("numbers", [(5, 10, 5, 3.0), (3, 4, 4, 1.1), (50, 50, 50, 3.0)], ids=str)
def test_same_as_written_out_in_loops(numbers):
    rng = np.random.default_rng(0)
    reference, target = rng.normal(size=(25, 12)), rng.normal(0.5, 1.2, size=(40, 12))
    genes = rng.random(12) < 0.6
    partners, expected = plain(reference, target, genes, *numbers)
    references, targets = mutual_neighbours(reference[:, genes], target[:, genes], *numbers[:2])
    assert list(zip(targets, references, strict=True)) == [
        (t, r) for t in sorted(partners) for r in sorted(partners[t])
    ]
    names = ("k_reference", "k_target", "k_smooth", "n_distances")
    settings = dict(zip(names, numbers, strict=True))
    np.testing.assert_allclose(correct(reference, target, genes, **settings), expected, atol=1e-12)
    single = correct(reference.astype("f4"), target.astype("f4"), genes, **settings)
    assert single.dtype == np.float32
    np.testing.assert_allclose(single, expected, atol=1e-5)


def test_targets_that_coincide_move_together():
    reference, target = np.array([[0.0, 0], [0, 4]]), np.array([[5.0, 0]] * 6 + [[5.0, 4]])
    moved = correct(reference, target, ALL_GENES, k_reference=1, k_target=3)
    np.testing.assert_allclose(moved, [[0, 0]] * 6 + [[0, 4]], atol=1e-6)
