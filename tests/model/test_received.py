"""Files of a run from elsewhere: whatever is wrong with one, or between two, is found before a page reads it."""

import io
import json
import pickle
import random
import shutil
import subprocess
import sys
from contextlib import suppress

import anndata as ad
import h5py
import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from safetensors.numpy import load_file, save_file

from rnalign_core.model import Settings, received
from rnalign_core.model.received import check_apart, check_received
from rnalign_core.problems import InputError


@pytest.fixture
def folder(finished_run, tmp_path):
    """A copy of a finished run that a test may spoil."""
    path = tmp_path / "run"
    shutil.copytree(finished_run("full").path, path)
    return path


@pytest.fixture
def problems(folder):
    """Return a function that checks the folder, which must be refused, and tells (file, what) of every problem."""

    def problems():
        with pytest.raises(InputError) as error:
            check_received(folder)
        assert all(p.fix for p in error.value.problems)
        return [(p.where.removeprefix(f"{folder}/"), p.what) for p in error.value.problems]

    return problems


def only(problems, file, *words):
    """See that there is one problem, of this file, and that it says so."""
    [(where, what)] = problems
    assert where.startswith(file)
    assert all(word in what for word in words), what


class Touch:
    """A pickle that makes a file when it is loaded."""

    def __init__(self, path):
        self.path = path

    def __reduce__(self):
        return (open, (str(self.path), "w"))


def edit_json(path, change):
    content = json.loads(path.read_text())
    change(content)
    path.write_text(json.dumps(content))


def edit_weights(path, change, about=lambda about: None):
    with path.open("rb") as file:
        header = json.loads(file.read(int.from_bytes(file.read(8), "little")))
    described = json.loads(header["__metadata__"]["rnalign"])
    about(described)
    tensors = load_file(path)
    change(tensors)
    save_file(tensors, path, {"rnalign": json.dumps(described)})


@pytest.mark.parametrize("variant", ["full", "type_conditioned"])
def test_what_training_leaves_is_accepted(finished_run, variant):
    check_received(finished_run(variant).path)


class TestText:
    @pytest.mark.parametrize("name", ["run.json", "settings.json", "metrics.json", "history.jsonl"])
    @pytest.mark.parametrize("text", ["", "{", "[" * 60_000, '{"a": ' * 10_000, "\ud800"])
    def test_what_is_not_the_json_of_a_run(self, folder, problems, name, text):
        (folder / name).write_bytes(text.encode(errors="surrogatepass"))
        if name == "history.jsonl" and not text:
            check_received(folder)  # a run may have no losses to show
        else:
            assert problems()

    def test_settings_outside_their_bounds_or_unknown(self, folder, problems):
        edit_json(folder / "settings.json", lambda s: s.update(n_latent=10**9))
        only(problems(), "", "n_latent")
        edit_json(folder / "settings.json", lambda s: s.update(n_latent=8, code="import os"))
        only(problems(), "", "code")

    @pytest.mark.parametrize("key", ["title", "created", "n_lines"])
    def test_a_run_json_that_pages_cannot_show(self, folder, problems, key):
        edit_json(folder / "run.json", lambda info: info.update({key: "x" if key != "title" else 7}))
        only(problems(), "", key)

    def test_every_problem_of_metrics_is_told_with_its_place(self, folder, problems):
        def spoil(metrics):
            del metrics["match"]["rnalign"]["micro"]
            metrics["types"]["rnalign"][0]["rate"] = 7
            metrics["r2"]["heldout"] = "0.5"

        edit_json(folder / "metrics.json", spoil)
        assert {what.split("(")[-1] for _, what in problems()} == {
            "match.rnalign.micro)",
            "types.rnalign.0.rate)",
            "r2.heldout)",
        }

    def test_losses_of_a_fold_that_the_run_has_not(self, folder, problems):
        with (folder / "history.jsonl").open("a") as file:
            file.write('{"fold": 3, "epoch": 1, "seconds": 1.0}\n')
        only(problems(), "history.jsonl", "of a fold that the run has not")


class TestWeights:
    def test_a_header_of_ten_gigabytes(self, folder, problems):
        path = folder / "weights.safetensors"
        path.write_bytes((10**10).to_bytes(8, "little") + path.read_bytes()[8:])
        only(problems(), "weights.safetensors", "claims a header of 10,000,000,000 bytes")

    @pytest.mark.parametrize("n", [0, 1, 2**63, 2**64 - 1])
    def test_other_lengths_of_the_header(self, folder, problems, n):
        path = folder / "weights.safetensors"
        path.write_bytes(n.to_bytes(8, "little") + path.read_bytes()[8:])
        only(problems(), "weights.safetensors", "claims a header")

    def test_arrays_that_the_header_claims_and_the_file_has_not(self, folder, problems):
        path = folder / "weights.safetensors"
        data = path.read_bytes()
        n = int.from_bytes(data[:8], "little")
        header = json.loads(data[8 : 8 + n])
        header["scaler.mean"]["shape"] = [2, 10**12]
        header["scaler.mean"]["data_offsets"] = [0, 8 * 10**12]
        made = json.dumps(header).encode()
        path.write_bytes(len(made).to_bytes(8, "little") + made + data[8 + n :])
        only(problems(), "weights.safetensors")

    def test_shapes_of_other_settings(self, folder, problems):
        edit_json(folder / "settings.json", lambda s: s.update(decoder_width=24))
        only(problems(), "weights.safetensors", "decoder", "by the settings")

    @pytest.mark.parametrize("name", ["fold1.encoder.0.weight", "scaler.mean"])
    def test_shapes_that_are_turned(self, folder, problems, name):
        def turn(tensors):
            tensors[name] = np.ascontiguousarray(tensors[name].T)

        edit_weights(folder / "weights.safetensors", turn)
        only(problems(), "weights.safetensors", name)

    def test_numbers_of_another_kind(self, folder, problems):
        edit_weights(
            folder / "weights.safetensors", lambda t: t.update({"scaler.sd": t["scaler.sd"].astype(np.int32)})
        )
        only(problems(), "weights.safetensors", "scaler.sd is I32")

    @pytest.mark.parametrize("value", [np.nan, np.inf])
    def test_values_that_are_not_finite(self, folder, problems, value):
        def spoil(tensors):
            tensors["fold2.output.bias"][3] = value

        edit_weights(folder / "weights.safetensors", spoil)
        only(problems(), "weights.safetensors", "fold2.output.bias", "not finite")

    @pytest.mark.parametrize(
        "change", [lambda t: t.pop("fold0.log_sigma"), lambda t: t.update(extra=np.zeros(3, np.float16))]
    )
    def test_arrays_that_lack_or_are_too_many(self, folder, problems, change):
        edit_weights(folder / "weights.safetensors", change)
        only(problems(), "weights.safetensors", "are not those of the settings")

    @pytest.mark.parametrize(
        ("change", "said"),
        [
            (lambda about: about["genes"].__setitem__(0, about["genes"][1]), "genes"),
            (lambda about: about["genes"].__setitem__(0, "NOGENE"), "'NOGENE' is not in the cohort"),
            (lambda about: about["genes"].reverse(), "trained on another cohort"),
            (lambda about: about["types"].reverse(), "cancer types"),
            (lambda about: about.update(genes="TP53"), "valid array"),
            (lambda about: about.update(code="x"), "not permitted"),
        ],
    )
    def test_names_that_are_not_those_of_the_cohort(self, folder, problems, change, said):
        edit_weights(folder / "weights.safetensors", lambda tensors: None, change)
        assert any(file == "weights.safetensors" and said in what for file, what in problems())

    def test_weights_trained_on_another_cohort(self, folder, problems):
        def shift(tensors):
            tensors["scaler.mean"][0, 7] += 0.1

        edit_weights(folder / "weights.safetensors", shift)
        only(problems(), "weights.safetensors", "trained on another cohort")


@pytest.mark.parametrize(
    "name", ["weights.safetensors", "matches.parquet", "cohort.h5ad", "folds.csv", "metrics.json"]
)
def test_a_pickle_in_place_of_a_file_is_refused_and_not_loaded(folder, problems, tmp_path, name):
    (folder / name).write_bytes(pickle.dumps(Touch(tmp_path / "pwned")))
    assert {file.split(",")[0] for file, _ in problems()} == {name}
    assert not (tmp_path / "pwned").exists()


@pytest.mark.parametrize("suffix", ["npz", "pt"])
def test_archives_with_pickles_in_place_of_weights(folder, problems, tmp_path, suffix):
    evil, made = np.array([Touch(tmp_path / "pwned")], dtype=object), io.BytesIO()
    if suffix == "npz":
        np.savez(made, allow_pickle=True, weights=evil)
    else:
        import torch

        torch.save({"weights": evil}, made)
    (folder / "weights.safetensors").write_bytes(made.getvalue())
    only(problems(), "weights.safetensors", "claims a header")
    assert not (tmp_path / "pwned").exists()


class TestCohort:
    def rewrite(self, folder, change):
        cohort = ad.read_h5ad(folder / "cohort.h5ad")
        cohort = change(cohort) or cohort
        cohort.write_h5ad(folder / "cohort.h5ad")

    @pytest.mark.parametrize("value", [np.nan, np.inf])
    def test_expression_that_is_not_finite(self, folder, problems, value):
        self.rewrite(folder, lambda c: c.X.__setitem__((3, 4), value))
        only(problems(), "cohort.h5ad", "not finite")

    def test_expression_of_another_cohort(self, folder, problems):
        self.rewrite(folder, lambda c: c.X.__setitem__((3, 4), 1.5))
        only(problems(), "cohort.h5ad", "not that of the cohort id")

    def test_a_relabelled_line(self, folder, problems):
        def relabel(cohort):
            cohort.obs.loc["LUAD-cell_line-0", "cancer_type"] = "BRCA"

        self.rewrite(folder, relabel)
        only(problems(), "cohort.h5ad", "not that of the cohort id")

    def test_simulated_data_that_claim_to_be_real(self, folder, problems):
        self.rewrite(folder, lambda c: c.uns["rnalign"].__setitem__("simulated", True))
        only(problems(), "cohort.h5ad", "its description")

    @pytest.mark.parametrize("what", ["samples", "genes"])
    def test_fewer_than_run_json_says(self, folder, problems, what):
        self.rewrite(folder, lambda c: c[1:].copy() if what == "samples" else c[:, 1:].copy())
        only(problems(), "cohort.h5ad", "by run.json (137, 60)")

    def test_an_external_link(self, folder, problems, tmp_path):
        secret = tmp_path / "secret.h5"
        with h5py.File(secret, "w") as file:
            file["X"] = np.zeros((137, 60), np.float32)
        with h5py.File(folder / "cohort.h5ad", "r+") as file:
            del file["X"]
            file["X"] = h5py.ExternalLink(secret, "X")
        only(problems(), "cohort.h5ad, /X", "link")


class TestFolds:
    @pytest.mark.parametrize(
        "change",
        [
            lambda folds: folds.drop("BRCA-cell_line-1"),
            lambda folds: folds.rename({"BRCA-cell_line-1": "BRCA-tumor-1"}),
            lambda folds: pd.concat([folds, folds.head(1)]),
            lambda folds: folds.replace(2, 3),
            lambda folds: folds.replace(2, "x"),
        ],
    )
    def test_folds_that_are_not_those_of_the_cohort(self, folder, problems, change):
        folds = pd.read_csv(folder / "folds.csv", index_col="sample_id")
        change(folds).to_csv(folder / "folds.csv")
        assert "folds.csv" in {file for file, _ in problems()}


class TestAligned:
    def rewrite(self, folder, change):
        aligned = ad.read_h5ad(folder / "aligned.h5ad")
        aligned = change(aligned) or aligned
        aligned.write_h5ad(folder / "aligned.h5ad")

    @pytest.mark.parametrize(
        ("change", "said"),
        [
            (lambda a: a[::-1].copy(), "samples"),
            (lambda a: a[:, ::-1].copy(), "genes"),
            (lambda a: a.obsm["X_umap_after"].__setitem__((0, 0), np.nan), "X_umap_after"),
            (lambda a: a.obsm.__setitem__("X_umap_before", np.zeros((137, 3))), "X_umap_before"),
            (lambda a: a.obsm.__setitem__("X_rnalign", a.obsm["X_rnalign"][:, :4]), "X_rnalign"),
            (lambda a: a.obsm.__delitem__("X_rnalign"), "X_rnalign"),
            (lambda a: a.obs.__delitem__("purity"), "purity"),
            (lambda a: a.obs.__setitem__("cancer_type", "BRCA"), "cancer_type"),
        ],
    )
    def test_what_is_not_of_this_cohort_and_these_weights(self, folder, problems, change, said):
        self.rewrite(folder, change)
        only(problems(), "aligned.h5ad", said)


class TestMatches:
    @pytest.mark.parametrize(
        ("change", "said"),
        [
            (lambda t: t.iloc[::-1], "lines"),
            (lambda t: t.drop(columns="call_after"), "call_after"),
            (lambda t: t.assign(cancer_type="BRCA"), "cancer types"),
            (lambda t: t.assign(fold=0), "folds"),
            (lambda t: t.assign(scored="yes"), "scored"),
            (lambda t: t.assign(call_after="LUSC"), "do not follow"),
            (lambda t: t.assign(own_share_before=7.0), "shares"),
            (lambda t: t.assign(scored=False), "another match rate"),
        ],
    )
    def test_what_does_not_agree(self, folder, problems, change, said):
        table = pd.read_parquet(folder / "matches.parquet")
        change(table).to_parquet(folder / "matches.parquet")
        only(problems(), "matches.parquet", said)

    def test_a_better_rate_than_the_lines_have(self, folder, problems):
        edit_json(folder / "metrics.json", lambda m: m["match"]["rnalign"]["micro"].update(value=0.999))
        only(problems(), "matches.parquet", "another match rate after")

    def test_an_echo_that_claims_to_be_a_headline(self, finished_run, folder, problems):
        shutil.rmtree(folder)
        shutil.copytree(finished_run("type_conditioned").path, folder)
        edit_json(folder / "metrics.json", lambda m: m.update(headline="rnalign"))
        only(problems(), "matches.parquet", "headline number where types were labels")


class TestApart:
    def test_problems_come_back_as_they_are(self, folder, problems):
        (folder / "folds.csv").write_text("sample_id,fold\n")
        with pytest.raises(InputError) as error:
            check_apart(folder)
        assert [(p.where.removeprefix(f"{folder}/"), p.what) for p in error.value.problems] == problems()

    def test_a_reader_that_hangs_is_stopped(self, folder, monkeypatch):
        monkeypatch.setattr(received, "SECONDS", 0.1)
        monkeypatch.setattr(received, "BYTES_PER_SECOND", 1e12)
        with pytest.raises(InputError, match="took more than 0 seconds"):
            check_apart(folder)

    def test_memory_and_files_are_limited(self, tmp_path):
        code = (
            "from rnalign_core.model.received import _limit, _limit_memory\n"
            "_limit_memory(2**28); _limit('RLIMIT_FSIZE', 0)\n"
            "import signal; signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
            "try: bytearray(2**29)\n"
            "except MemoryError: print('no memory')\n"
            f"try: open({str(tmp_path / 'out')!r}, 'w', buffering=1).write('x\\n')\n"
            "except OSError: print('no file')\n"
        )
        done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60)
        assert done.stdout.split("\n")[:2] == ["no memory", "no file"], done.stderr

    @pytest.mark.slow
    @pytest.mark.parametrize(
        "name", ["aligned.h5ad", "cohort.h5ad", "matches.parquet", "weights.safetensors"]
    )
    def test_flipped_bytes_are_refused_or_harmless(self, folder, name, monkeypatch):
        """Some of these make the HDF5 library run for ever."""
        monkeypatch.setattr(received, "SECONDS", 20)
        whole = (folder / name).read_bytes()
        for seed in range(8):
            rng, data = random.Random(seed), bytearray(whole)
            for _ in range(rng.choice([1, 3, 10, 40])):
                data[rng.randrange(len(data))] = rng.randrange(256)
            (folder / name).write_bytes(data)
            with suppress(InputError):
                check_apart(folder)

    @pytest.mark.slow
    def test_a_small_table_that_unpacks_to_gigabytes(self, folder):
        table = pq.read_table(folder / "matches.parquet")
        one = pa.array(["x" * 2**28])
        calls = pa.DictionaryArray.from_arrays(pa.array([0] * len(table), pa.int32()), one)
        table = table.set_column(table.column_names.index("call_after"), "call_after", calls)
        pq.write_table(table, folder / "matches.parquet", compression="zstd", store_schema=False)
        assert (folder / "matches.parquet").stat().st_size < 10**5
        with pytest.raises(InputError, match="too much memory"):
            check_apart(folder)


def test_settings_take_finite_numbers_alone():
    with pytest.raises(ValueError, match="finite"):
        Settings(w_cor=float("inf"))
    with pytest.raises(ValueError, match="finite"):
        Settings.model_validate_json('{"kl_weight": NaN}')
