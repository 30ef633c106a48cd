"""One's own samples on the Data page: uploaded, corrected, called, and lines ranked for them."""

import tempfile
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from rnalign_core.model import Run
from rnalign_core.model.runs import demo_run_path
from rnalign_core.ui import place_state
from rnalign_core.ui.data_view import PLACE


@pytest.fixture(scope="module")
def demo():
    return Run.open(demo_run_path())


@pytest.fixture(scope="module")
def patients(demo):
    """Expression of some tumors and a line of the demo, with noise, under other names; and their types."""
    obs = demo.cohort.obs
    is_tumor = obs["sample_type"] == "tumor"
    ids = [
        *obs.index[is_tumor & (obs["cancer_type"] == "BRCA")][:6],
        *obs.index[is_tumor & (obs["cancer_type"] == "LUAD")][:3],
        obs.index[~is_tumor & (obs["cancer_type"] == "SKCM")][0],
    ]
    noise = np.random.default_rng(0).normal(0, 0.2, (len(ids), demo.cohort.n_vars))
    expression = (demo.cohort[ids].to_df() + noise).clip(lower=0).round(3)
    names = [f"P{i}" for i in range(len(ids))]
    return expression.set_axis(names), obs.loc[ids, "cancer_type"].astype(str).set_axis(names)


@pytest.fixture
def place(use_home, tmp_path, open_page, patients):
    """Return a function that uploads expression, genes x samples unless said otherwise, and, if given, a table."""
    use_home(tmp_path, bundled=True)

    def go(expression=None, samples=None, name="mine.csv", turn=True):
        expression = patients[0] if expression is None else expression
        at = open_page("data", {"view": PLACE}, timeout=120)
        text = (expression.T if turn else expression).to_csv(index_label="gene")
        at.file_uploader(place_state.EXPRESSION).upload(name, text.encode(), "text/csv")
        if samples is not None:
            at.file_uploader(place_state.SAMPLES).upload("samples.csv", samples.to_csv().encode(), "text/csv")
        at.run()
        assert not at.exception
        return at

    return go


def calls(at):
    return next(table for table in at.tables if "verdict" in table)


def test_limits_and_privacy_are_stated_before_anything_is_uploaded(use_home, tmp_path, open_page):
    use_home(tmp_path, bundled=True)
    at = open_page("data", {"view": PLACE})
    assert "Up to 200 MB and 5,000 samples" in at.words
    assert "never written to a shared place" in at.words
    assert at.file_uploader(place_state.EXPRESSION).proto.max_upload_size_mb == 200
    assert "Simulated data" in at.warning[0].value
    assert not at.dataframe


def test_samples_are_called_with_their_neighbours_and_lines_for_them(place, patients, demo):
    at = place(
        samples=pd.DataFrame({"sample_type": ["tumor"] * 9 + ["cell line"], "cancer_type": patients[1]})
    )
    table = calls(at)
    assert table["sample"].tolist() == patients[0].index.tolist()
    assert table["kind"].tolist() == ["tumor"] * 9 + ["cell line"]
    assert (table["closest"] == patients[1].to_numpy()).sum() >= 8
    assert table["probability"].between(0, 1).all()
    tumors, lines = at.tables[1:3]
    kinds = demo.cohort.obs["sample_type"]
    assert (len(tumors), set(kinds[tumors.index])) == (25, {"tumor"})
    assert (len(lines), set(kinds[lines.index])) == (25, {"cell_line"})
    assert tumors["distance"].is_monotonic_increasing
    assert tumors["cancer_type"].iloc[0] == "BRCA"
    ranking = at.tables[3]
    assert ranking["rank"].tolist() == list(range(1, 451))
    assert (ranking["cancer_type"].head(5) == "BRCA").sum() >= 4
    assert at.selectbox("place_rank_for").value == "6 BRCA tumors (type as given)"
    n_called = (table["verdict"] == table["closest"]).sum()
    assert f"Of {n_called} with a call and a given type that the run knows" in at.words


def test_tumors_are_grouped_by_the_types_that_their_lines_are_ranked_within(place, patients):
    """P0 is called BRCA and given as LUAD, which counts; the type that P1 is given as is none of the run."""
    given = patients[1].to_frame("cancer_type").assign(sample_type=["tumor"] * 9 + ["cell line"])
    given["cancer_type"] = None
    given.loc[["P0", "P1"], "cancer_type"] = ["LUAD", "GIST"]
    at = place(samples=given)
    verdicts = calls(at).set_index("sample")["verdict"]
    assert verdicts[["P0", "P1"]].tolist() == ["BRCA", "BRCA"]
    n_brca, n_luad = (verdicts.iloc[1:9] == "BRCA").sum(), 1 + (verdicts.iloc[1:9] == "LUAD").sum()
    assert n_brca > n_luad > 1
    options = at.selectbox("place_rank_for").options
    assert options[:2] == [
        f"{n_brca} BRCA tumors (type as called)",
        f"{n_luad} LUAD tumors (type given or called)",
    ]
    assert options[-9:] == patients[0].index[:9].tolist()
    assert "Of 1 with a call and a given type that the run knows, 0 are called that type." in at.words


def test_another_sample_and_another_group_can_be_chosen(place):
    at = place()
    at.selectbox(place_state.CHOSEN).set_value("P7").run()
    assert not at.exception
    assert "tumors of P7" in at.words
    assert at.tables[1]["cancer_type"].iloc[0] == "LUAD"
    before = at.tables[3]["name"].tolist()
    at.selectbox("place_rank_for").set_value("2 LUAD tumors (type as called)").run()
    assert not at.exception
    assert at.tables[3]["name"].tolist() != before
    assert at.tables[3]["cancer_type"].iloc[0] in ("LUAD", "NSCLC_NOS")
    at.selectbox("place_rank_for").set_value("2 tumors without a type").run()
    assert "they may be of several types" in " ".join(message.value for message in at.warning)


def test_a_correction_reads_the_same_upload_again(place):
    at = place()
    assert "in log2(TPM+1)" in at.success[0].value.replace("\\", "")
    assert calls(at)["kind"].eq("tumor").all()
    at.segmented_control("place_sample_type").set_value("cell_line").run()
    assert calls(at)["kind"].eq("cell line").all()
    assert "None of the samples is a tumor" in at.words
    at.segmented_control("place_orientation").set_value("samples x genes").run()
    assert "cannot be placed yet" in at.words
    assert at.table[0].value["What to do"].str.len().gt(0).all()
    at.segmented_control("place_orientation").set_value("genes x samples").run()
    assert not at.exception
    assert len(calls(at)) == 10


def test_another_file_is_found_out_anew(place, patients):
    at = place(turn=False)
    at.segmented_control("place_unit").set_value("TPM").run()
    at.segmented_control("place_orientation").set_value("samples x genes").run()
    at.segmented_control("place_sample_type").set_value("cell_line").run()
    at.text_input("place_gene_ids").set_value("symbol").run()
    text = patients[0].T.to_csv(index_label="gene")
    at.file_uploader(place_state.EXPRESSION).upload("others.csv", text.encode(), "text/csv").run()
    assert not at.exception
    assert "Read as genes x samples, genes by HGNC symbols, in log2(TPM+1)" in at.success[0].value.replace(
        "\\", ""
    )
    assert calls(at)["kind"].eq("tumor").all()
    assert at.text_input("place_gene_ids").value == ""


def test_of_a_workbook_it_is_said_how_to_save_it(place):
    at = place(name="mine.xlsx")
    assert "cannot be placed yet" in at.words
    assert at.table[0].value["What to do"].str.contains("as CSV").all()


def test_all_that_is_wrong_with_an_upload_is_listed(place, patients):
    spoilt = patients[0].astype(object)
    spoilt.iloc[2, 4] = "high"
    spoilt.iloc[3, 5] = -7.5
    at = place(spoilt)
    found = " ".join(at.table[0].value["What was found"]).replace("\\", "")
    assert "sample P2" in found
    assert "sample P3" in found
    assert not at.dataframe


def test_a_file_of_other_genes_is_refused(place, patients):
    at = place(patients[0].iloc[:, :200])
    assert "cannot be placed yet" in at.words
    assert "1,800 of the model's 2,000 genes" in " ".join(at.table[0].value["What was found"]).replace(
        "\\", ""
    )


def test_a_full_disk_is_said_and_the_file_is_read_at_the_next_try(place, monkeypatch, full):
    with monkeypatch.context() as context:
        context.setattr(Path, "write_bytes", full)
        at = place()
    assert at.error[0].value.startswith("The file could not be read: No space left on device (")
    assert not at.dataframe
    at.run()
    assert not at.error
    assert len(calls(at)) == 10


def test_no_upload_is_left_on_disk(place, tmp_path, monkeypatch):
    (tmp_path / "temporary").mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "temporary"))
    at = place()
    assert len(calls(at)) == 10
    assert list((tmp_path / "temporary").iterdir()) == []


def test_an_upload_stays_while_another_view_is_shown_and_goes_when_it_is_removed(place):
    at = place()
    at.segmented_control("data_view").set_value("cohorts").run()
    assert not any("verdict" in table for table in at.tables)
    at.segmented_control("data_view").set_value(PLACE).run()
    assert not at.exception
    assert len(calls(at)) == 10
    assert "mine.csv (0.1 MB), from before" in at.words
    at.press("Remove")
    assert not at.dataframe
    assert not [key for key in ("query", "placed", "ranking") if place_state.RESULT + key in at.session_state]


def test_results_are_kept_by_what_is_in_the_files(place, monkeypatch):
    read = []
    real = place_state.read_query
    monkeypatch.setattr(place_state, "read_query", lambda *a, **k: read.append(a) or real(*a, **k))
    at = place()
    at.selectbox(place_state.CHOSEN).set_value("P3").run()
    assert len(read) == 1
    at.segmented_control("place_unit").set_value("log2(TPM+1)").run()
    assert len(read) == 2


def test_a_sample_that_no_type_resembles_is_not_called(place, patients):
    shuffled = patients[0].copy()
    shuffled.iloc[0] = np.random.default_rng(1).permutation(shuffled.iloc[0].to_numpy())
    table = calls(place(shuffled))
    assert table["verdict"].iloc[0] == "resembles no tumor type of this cohort"
    assert (table["verdict"].iloc[1:6] == "BRCA").all()


def test_where_there_is_no_run_nothing_can_be_placed(home, open_page):
    at = open_page("data", {"view": PLACE})
    assert "Samples are placed on a finished run" in at.words
    assert not at.file_uploader


def test_a_run_that_was_told_the_types_places_nothing(use_home, tmp_path, open_page, write_run):
    use_home(tmp_path, bundled=True)
    at = open_page("data", {"view": PLACE}, run=write_run(tmp_path / "echo", variant="type_conditioned"))
    assert "told the cancer type of every cell line" in at.words
    assert not at.file_uploader


def test_the_view_is_in_the_link(place, open_page):
    at = open_page("data")
    at.segmented_control("data_view").set_value(PLACE).run()
    assert at.url["view"] == PLACE
    assert any("ignored" in message.value for message in open_page("data", {"view": "nothing"}).info)


def test_no_heavy_library_is_loaded_until_it_is_needed(loaded_by, tmp_path):
    assert loaded_by("data", RNALIGN_HOME=tmp_path) == set()
    assert loaded_by("data", {"view": PLACE}, RNALIGN_HOME=tmp_path) == set()
