from dataclasses import replace

import numpy as np
import pytest

from rnalign_core.decode import Target
from rnalign_core.model import Settings
from rnalign_core.model.inputs import Labels
from rnalign_core.rank.support import Support

N_TUMORS = 101
LABELS = Labels(
    is_line=np.arange(N_TUMORS + 3) >= N_TUMORS,
    purity=np.r_[np.linspace(0, 1, N_TUMORS), 1, 1, 1].astype(np.float32),
    purity_known=np.ones(N_TUMORS + 3, bool),
    cancer_type=np.zeros(N_TUMORS + 3, int),
    types=("A",),
)


@pytest.mark.parametrize(
    ("line", "purity", "reason"),
    [
        (1, 1, None),
        (1, 0.9, "cell line"),
        (0, 0.5, None),
        (0, 0.01, None),
        (0, 0.005, "1 to 99 %"),
        (0, 1, "1 to 99 %"),
        (0.5, 0.5, "two ends"),
        (0.5, 1, "two ends"),
    ],
)
def test_what_training_saw(line, purity, reason):
    beyond = Support.of(LABELS, Settings()).beyond(Target(line, purity))
    assert len(beyond) == (reason is not None)
    assert all(reason in sentence for sentence in beyond)


def test_unknown_purities_do_not_count():
    known = LABELS.purity_known.copy()
    known[50:N_TUMORS] = False
    support = Support.of(replace(LABELS, purity_known=known), Settings())
    assert support.tumor_purity == pytest.approx((0.0049, 0.4851))
    none = Support.of(replace(LABELS, purity_known=LABELS.is_line), Settings())
    assert "is known" in none.beyond(Target(0, 0.5))[0]


def test_where_purity_is_no_label_it_has_no_support_to_leave():
    support = Support.of(LABELS, Settings(variant="no_purity"))
    assert support.beyond(Target(1, 0.3)) == []
    assert support.beyond(Target(0.3, 1)) != []
