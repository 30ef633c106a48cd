"""Guests can be asked for, and change nothing about the run."""

import numpy as np
import pandas as pd
import pytest

from rnalign_core.place.guests import JoinedRun, guest_labels

SPACES = ("latent", "decoded", "residual", "input")


@pytest.fixture(scope="module")
def copies(host):
    """Samples of the run as guests: half tumors, half lines."""
    tumors = host.samples.index[host.samples["sample_type"] == "tumor"][:4]
    lines = host.samples.index[host.samples["sample_type"] == "cell_line"][:4]
    rows = host.samples.index.get_indexer(tumors.append(lines))
    samples = host.samples.iloc[rows].drop(columns="fold")
    return JoinedRun(host, samples.rename(index="copy of {}".format), host.inputs.x[rows])


@pytest.mark.parametrize("space", SPACES)
def test_nothing_about_the_run_s_own_samples_depends_on_guests(host, copies, space):
    tumors = host.samples.index[host.samples["sample_type"] == "tumor"]
    for before, after in zip(
        host.similarities(tumors, space, among=True),
        copies.similarities(tumors, space, among=True),
        strict=True,
    ):
        assert before.line_ids.equals(after.line_ids)
        np.testing.assert_allclose(after.to_tumors, before.to_tumors, atol=2e-6)
        np.testing.assert_allclose(after.among_tumors, before.among_tumors, atol=2e-6)
    assert copies.samples.equals(host.samples)
    pd.testing.assert_frame_equal(copies.calls(), host.calls())
    pd.testing.assert_frame_equal(copies.unit_lines, host.unit_lines)
    for gene, kind in ((host.genes[2], "observed"), (host.genes[2], "residual")):
        own = copies.expression(gene, kind)[host.samples.index]
        np.testing.assert_allclose(own, host.expression(gene, kind), atol=1e-4)


@pytest.mark.parametrize("space", SPACES)
def test_a_copy_of_a_tumor_is_where_the_tumor_is_in_every_view(host, copies, space):
    tumor = host.samples.index[host.samples["sample_type"] == "tumor"][0]
    for block in copies.similarities([tumor, f"copy of {tumor}"], space):
        np.testing.assert_allclose(block.to_tumors[:, 0], block.to_tumors[:, 1], atol=2e-6)
    assert copies.nearest(f"copy of {tumor}", 1, space, "tumor").index.tolist() == [tumor]
    own = host.nearest(tumor, 5, space)
    pd.testing.assert_frame_equal(copies.nearest(f"copy of {tumor}", 5, space), own, atol=1e-5)


def test_a_line_is_seen_by_all_models_as_a_guest(host, copies):
    line = host.samples.index[host.samples["sample_type"] == "cell_line"][0]
    tumors = host.samples.index[host.samples["sample_type"] == "tumor"]
    [block] = copies.similarities(tumors, "decoded", line_ids=[f"copy of {line}"])
    row = host.inputs.sample_ids.index(line)
    hidden = np.concatenate([host.alignment.hidden[:, row], np.ones((3, 1))], axis=1)
    parts = np.split(host.alignment.dictionary, 3)
    profile = np.mean([h @ part for h, part in zip(hidden, parts, strict=True)], axis=0)
    expected = np.corrcoef(profile, host.profiles(tumors, "decoded"))[0, 1:]
    np.testing.assert_allclose(block.to_tumors[0], expected, atol=1e-4)


def test_nobody_is_compared_with_guests_until_they_are_admitted(host, copies):
    tumors = [sample for sample in copies.guests.index if "tumor" in sample]
    line = host.samples.index[host.samples["sample_type"] == "cell_line"][0]
    assert set(copies.nearest(line, 10_000).index) <= set(host.samples.index)
    joined = copies.admitting(tumors[:2], pd.Series("LUSC", tumors[:2]))
    found = joined.nearest(line, 10_000)
    assert set(tumors[:2]) <= set(found.index)
    assert not set(tumors[2:]) & set(found.index)
    assert (joined.samples.loc[tumors[:2], "cancer_type"] == "LUSC").all()
    assert copies.samples.equals(host.samples)


def test_what_the_models_are_told(host):
    samples = pd.DataFrame(
        {
            "sample_type": ["tumor", "tumor", "cell_line"],
            "purity": [0.3, np.nan, np.nan],
            "cancer_type": ["BRCA", "unheard of", None],
        }
    )
    labels = guest_labels(samples, host.inputs.labels)
    tumors = host.samples.query("sample_type == 'tumor'")["purity"]
    np.testing.assert_allclose(labels.purity, [0.3, tumors.mean(), 1], atol=1e-6)
    assert labels.purity_known.tolist() == [True, False, True]
    assert labels.cancer_type.tolist() == [host.inputs.labels.types.index("BRCA"), -1, -1]
