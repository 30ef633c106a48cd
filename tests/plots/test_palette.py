import subprocess
import sys
import tomllib
from itertools import combinations
from pathlib import Path

import numpy as np
import pytest

from rnalign_core.plots.palette import (
    CANCER_TYPES,
    FALLBACK,
    UNKNOWN,
    category_colors,
    type_color,
    type_name,
)

TCGA = {
    "ACC", "BLCA", "BRCA", "CESC", "CHOL", "COAD", "DLBC", "ESCA", "GBM", "HNSC", "KICH", "KIRC", "KIRP",
    "LAML", "LGG", "LIHC", "LUAD", "LUSC", "MESO", "OV", "PAAD", "PCPG", "PRAD", "READ", "SARC", "SKCM",
    "STAD", "TGCT", "THCA", "THYM", "UCEC", "UCS", "UVM",
}  # fmt: skip
ROOT = Path(__file__).parents[2]

# Machado, Oliveira & Fernandes 2009, severity 1, on linear RGB.
DEUTERANOPIA = [
    [0.367322, 0.860646, -0.227968],
    [0.280085, 0.672501, 0.047413],
    [-0.011820, 0.042940, 0.968881],
]
PROTANOPIA = [
    [0.152286, 1.052583, -0.204868],
    [0.114503, 0.786281, 0.099216],
    [-0.003882, -0.048116, 1.051998],
]


def linear(color):
    rgb = np.array([int(color[i : i + 2], 16) for i in (1, 3, 5)]) / 255
    return np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4)


def oklab(rgb):
    """Ottosson 2020."""
    lms = np.cbrt(
        np.clip(rgb, 0, 1)
        @ np.array(
            [
                [0.4122214708, 0.2119034982, 0.0883024619],
                [0.5363325363, 0.6806995451, 0.2817188376],
                [0.0514459929, 0.1073969566, 0.6299787005],
            ]
        )
    )
    return lms @ np.array(
        [
            [0.2104542553, 1.9779984951, 0.0259040371],
            [0.7936177850, -2.4285922050, 0.7827717662],
            [-0.0040720468, 0.4505937099, -0.8086757660],
        ]
    )


def contrast(a, b):
    """WCAG 2 contrast ratio."""
    dim, bright = sorted(linear(c) @ [0.2126, 0.7152, 0.0722] + 0.05 for c in (a, b))
    return bright / dim


def closest(codes, view):
    points = [oklab(np.asarray(view) @ linear(type_color(code))) for code in codes]
    return min(np.linalg.norm(a - b) for a, b in combinations(points, 2))


def test_every_tcga_type_has_a_colour_and_a_name_of_its_own():
    assert len(TCGA) == 33
    assert set(CANCER_TYPES) >= TCGA
    assert len({color for _, color in CANCER_TYPES.values()}) == len(CANCER_TYPES)
    assert len({name for name, _ in CANCER_TYPES.values()}) == len(CANCER_TYPES)


@pytest.mark.parametrize("appearance", ["light", "dark"])
def test_colours_show_on_the_page(appearance):
    page = tomllib.loads((ROOT / ".streamlit/config.toml").read_text())["theme"][appearance][
        "backgroundColor"
    ]
    for color in [*(color for _, color in CANCER_TYPES.values()), *FALLBACK]:
        assert contrast(color, page) >= 2, color


def test_the_commonest_types_stay_apart_also_for_the_colour_blind():
    commonest = list(CANCER_TYPES)[:10]
    assert closest(commonest, np.eye(3)) > 0.1
    assert closest(commonest, DEUTERANOPIA) > 0.05
    assert closest(commonest, PROTANOPIA) > 0.05


def test_an_unlisted_code_keeps_one_muted_colour_in_every_process():
    code = "from rnalign_core.plots.palette import type_color; print(type_color('OTHER_lung'))"
    seen = {
        subprocess.run(
            [sys.executable, "-c", code],
            env={"PYTHONHASHSEED": seed},
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=True,
        ).stdout.strip()
        for seed in ("1", "2")
    }
    assert seen == {type_color("OTHER_lung")}
    assert seen < set(FALLBACK)
    assert type_name("OTHER_lung") == "OTHER_lung"


def test_categories_get_distinct_colours_whatever_their_order():
    colors = category_colors(["LumB", "Basal", UNKNOWN, "LumA"])
    assert colors == category_colors(["LumA", "LumB", UNKNOWN, "Basal"])
    assert len(set(colors.values())) == 4
