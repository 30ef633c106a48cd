"""A run as one zip and back; zips that are made to harm are refused and leave nothing."""

import io
import os
import stat
import struct
import zipfile
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from safetensors import safe_open

from rnalign_core.model import Run, archive
from rnalign_core.model.archive import LIMITS, export_run, import_run
from rnalign_core.model.received import check_received
from rnalign_core.model.runs import demo_run_path
from rnalign_core.problems import InputError


@pytest.fixture(scope="module")
def run(finished_run):
    return finished_run("full")


@pytest.fixture(scope="module")
def packed(run, tmp_path_factory):
    """The zip of a run, as bytes."""
    path = tmp_path_factory.mktemp("packed") / "run.zip"
    export_run(run, path)
    return path.read_bytes()


@pytest.fixture
def home(tmp_path):
    home = tmp_path / "somewhere" / "home"
    (home / "runs" / "mine").mkdir(parents=True)
    return home


@pytest.fixture
def same_process(monkeypatch):
    """Check contents in this process: a new one takes seconds."""
    monkeypatch.setattr(archive, "check_apart", check_received)


@pytest.fixture
def refused(home, tmp_path, same_process):
    """Return a function that imports a zip that must be refused, sees that nothing is left, and tells why."""

    def refused(data, name="theirs.zip"):
        before = tree(tmp_path)
        with pytest.raises(InputError) as error:
            import_run(io.BytesIO(data), name, home)
        assert tree(tmp_path) == before
        assert all(p.where.startswith(name) and p.what and p.fix for p in error.value.problems)
        assert str(tmp_path) not in str(error.value).replace(str(tmp_path / "evil"), "")
        return str(error.value)

    return refused


def tree(path):
    return sorted(str(found) for found in path.rglob("*"))


def contents(path):
    return {file.name: file.read_bytes() for file in path.iterdir()}


def zipped(files, method=zipfile.ZIP_STORED):
    """Return a zip of (entry or name, bytes) pairs."""
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", method) as target:
        for entry, data in files:
            target.writestr(entry, data)
    return made.getvalue()


def pairs(packed):
    with zipfile.ZipFile(io.BytesIO(packed)) as source:
        return [(name, source.read(name)) for name in source.namelist()]


def directory_entry(data, name, offset, new):
    """Return a zip with bytes replaced in the central directory's entry of a file."""
    at = data.rindex(struct.pack("<I", 0x02014B50), 0, data.rindex(name.encode()))
    return data[: at + offset] + new + data[at + offset + len(new) :]


class TestExport:
    def test_the_zip_holds_the_files_of_the_run_and_no_others(self, run, packed):
        assert dict(pairs(packed)) == {name: (run.path / name).read_bytes() for name in LIMITS}

    def test_the_same_run_gives_the_same_bytes(self, run, packed, tmp_path):
        for file in run.path.iterdir():
            os.utime(file)
        export_run(run, tmp_path / "again.zip")
        assert (tmp_path / "again.zip").read_bytes() == packed

    def test_an_unfinished_or_damaged_run_is_refused_and_no_file_is_left(self, new_run, tmp_path):
        run = new_run()
        with pytest.raises(InputError, match="has not finished"):
            export_run(run, tmp_path / "out" / "run.zip")
        (run.path / "metrics.json").write_text("{}")
        with pytest.raises(InputError, match=r"lacks .*weights\.safetensors"):
            export_run(run, tmp_path / "out" / "run.zip")
        assert not (tmp_path / "out").exists()


class TestRoundTrip:
    def test_the_demo_comes_back_with_the_same_matches_and_weights(self, home, tmp_path):
        demo = Run.open(demo_run_path())
        export_run(demo, tmp_path / "demo.zip")
        with (tmp_path / "demo.zip").open("rb") as file:
            got = import_run(file, "demo.zip", home)
        pd.testing.assert_frame_equal(got.matches, demo.matches)
        with (
            safe_open(got.path / "weights.safetensors", "np") as new,
            safe_open(demo.path / "weights.safetensors", "np") as old,
        ):
            assert set(new.keys()) == set(old.keys())
            assert all(np.array_equal(new.get_tensor(name), old.get_tensor(name)) for name in old.keys())  # noqa: SIM118
        assert got.metrics == demo.metrics
        assert contents(got.path) == {n: (demo.path / n).read_bytes() for n in LIMITS}
        assert got.run_id == "demo-2"  # `demo` is the word for the bundled one

    @pytest.mark.parametrize("variant", ["full", "type_conditioned"])
    def test_every_kind_of_run_comes_back(self, finished_run, variant, home, tmp_path):
        export_run(finished_run(variant), tmp_path / "run.zip")
        with (tmp_path / "run.zip").open("rb") as file:
            got = import_run(file, "run.zip", home)
        assert got.finished
        assert got.settings.variant == variant

    def test_a_name_that_is_taken_gets_a_number(self, packed, home, same_process):
        names = [import_run(io.BytesIO(packed), "../mine.zip", home).run_id for _ in range(2)]
        assert names == ["mine-2", "mine-3"]
        assert sorted(os.listdir(home)) == ["runs"]

    def test_a_zip_made_by_other_programs_is_taken_too(self, packed, home, same_process):
        deflated = zipped(pairs(packed)[::-1], zipfile.ZIP_DEFLATED)
        assert import_run(io.BytesIO(deflated), "!.zip", home).run_id == "run"

    def test_it_is_made_whole_where_there_is_no_data_home_yet(self, packed, tmp_path, same_process):
        run = import_run(io.BytesIO(packed), "a.zip", tmp_path / "new" / "home")
        assert run.path == tmp_path / "new" / "home" / "runs" / "a"


class TestHostileZip:
    @pytest.mark.parametrize(
        "name",
        [
            "../../evil",
            "..\\..\\evil",
            "/{tmp}/evil",
            "runs/evil",
            "run.json/../../../evil",
            "C:\\evil",
            "evil\x1b[2J",
            "run.json ",
        ],
    )
    def test_names_that_lead_elsewhere_or_are_not_of_a_run(self, packed, refused, tmp_path, name):
        name = name.format(tmp=tmp_path)
        said = refused(zipped([*pairs(packed), (name, b"x")]))
        assert "not part of a run" in said
        assert "\x1b" not in said
        instead = [(name if n == "run.json" else n, data) for n, data in pairs(packed)]
        assert "it lacks run.json" in refused(zipped(instead))

    def test_a_name_that_goes_on_after_a_nul(self, packed, refused):
        entry = directory_entry(
            zipped([*pairs(packed), ("run.jsonX../../evil", b"x")]), "run.jsonX../../evil", 54, b"\0"
        )
        assert "not part of a run" in refused(entry)

    @pytest.mark.parametrize("missing", LIMITS)
    def test_a_missing_file(self, packed, refused, missing):
        said = refused(zipped([(name, data) for name, data in pairs(packed) if name != missing]))
        assert f"it lacks {missing}" in said

    def test_a_file_twice(self, packed, refused):
        with pytest.warns(UserWarning, match="Duplicate"):
            data = zipped([*pairs(packed), ("run.json", b"{}")])
        assert "it holds twice: 'run.json'" in refused(data)

    @pytest.mark.parametrize("kind", [stat.S_IFLNK, stat.S_IFDIR, stat.S_IFIFO, stat.S_IFCHR])
    def test_what_is_not_a_file(self, packed, refused, kind):
        entry = zipfile.ZipInfo("settings.json")
        entry.external_attr = (kind | 0o777) << 16
        rest = [pair for pair in pairs(packed) if pair[0] != "settings.json"]
        assert "not a file" in refused(zipped([*rest, (entry, b"/etc/passwd")]))

    def test_a_bomb(self, packed, refused):
        rest = [pair for pair in pairs(packed) if pair[0] != "history.jsonl"]
        data = zipped([*rest, ("history.jsonl", bytes(LIMITS["history.jsonl"]))], zipfile.ZIP_DEFLATED)
        assert "it would unpack 65" in refused(data)

    def test_a_file_larger_than_any_run_has(self, packed, refused):
        rest = [pair for pair in pairs(packed) if pair[0] != "run.json"]
        assert "at most 65,536" in refused(zipped([*rest, ("run.json", b" " * 65_537)]))

    @pytest.mark.parametrize("name", ["history.jsonl", "cohort.h5ad"])
    @pytest.mark.parametrize("lie", [-1, 1, 1000])
    def test_sizes_that_are_not_true(self, packed, refused, name, lie):
        n_bytes = len(dict(pairs(packed))[name])
        data = zipped(pairs(packed), zipfile.ZIP_DEFLATED)
        said = refused(directory_entry(data, name, 24, struct.pack("<I", n_bytes + lie)))
        assert "cannot be unpacked" in said or "declares" in said

    def test_more_than_all_of_it_may_take(self, packed, refused, monkeypatch):
        monkeypatch.setattr(archive, "MAX_BYTES", len(packed) // 2)
        assert "unpacked it would take" in refused(packed)

    def test_a_disk_without_room(self, packed, home, monkeypatch):
        monkeypatch.setattr("shutil.disk_usage", lambda path: SimpleNamespace(free=10**8))
        before = tree(home)
        with pytest.raises(InputError, match="the disk has less than"):
            import_run(io.BytesIO(packed), "a.zip", home)
        assert tree(home) == before

    def test_files_that_share_bytes(self, packed, refused):
        name = "weights.safetensors"
        assert "overlap" in refused(directory_entry(packed, name, 42, struct.pack("<I", 0)))

    def test_encrypted_and_unusual_entries(self, packed, refused):
        assert "encrypted" in refused(directory_entry(packed, "metrics.json", 8, b"\x01"))
        assert "method 12" in refused(zipped(pairs(packed), zipfile.ZIP_BZIP2))

    def test_a_changed_byte(self, packed, refused):
        at = packed.index(b"\x89HDF") + 1000
        assert "Bad CRC-32" in refused(packed[:at] + bytes([packed[at] ^ 1]) + packed[at + 1 :])

    def test_a_list_of_files_that_would_fill_the_memory(self, refused):
        assert "list of files is too long" in refused(zipped([(f"{i:060}", b"") for i in range(2000)]))

    def test_the_form_for_larger_zips(self, packed, refused):
        end = packed.rindex(b"PK\x05\x06")
        locator = b"PK\x06\x07" + struct.pack("<LQL", 0, 0, 1)
        assert "form of zips above" in refused(packed[:end] + locator + packed[end:])

    @pytest.mark.parametrize("cut", [0, 1, 21, 1000, -1, -22, -100])
    def test_what_is_no_zip_or_not_a_whole_one(self, packed, refused, cut):
        assert "not a zip, or not a whole one" in refused(packed[:cut])

    def test_every_problem_is_told_at_once(self, packed, refused):
        link = zipfile.ZipInfo("run.json")
        link.external_attr = stat.S_IFLNK << 16
        said = refused(zipped([(link, b"x"), ("evil", b"x")]))
        assert {"evil", "link", "lacks"} <= set(said.replace("'", " ").replace(",", " ").split())


def test_checking_apart_says_so_when_the_reader_breaks_off(packed, home, monkeypatch):
    monkeypatch.setattr("sys.executable", "/bin/false")
    with pytest.raises(InputError, match="broke off"):
        import_run(io.BytesIO(packed), "a.zip", home)
    assert tree(home) == [str(home / "runs"), str(home / "runs" / "mine")]


def test_a_run_is_not_listed_while_it_is_checked(packed, home, monkeypatch):
    from rnalign_core.model import list_runs

    seen = []
    monkeypatch.setattr(
        archive, "check_apart", lambda path: seen.append((list_runs(home), contents(path).keys()))
    )
    import_run(io.BytesIO(packed), "a.zip", home)
    assert seen == [([], set(LIMITS))]
    assert [run.run_id for run in list_runs(home)] == ["a"]


CHANGES = st.lists(st.tuples(st.floats(0, 1, exclude_max=True), st.integers(0, 255)), max_size=6)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(in_the_list=st.booleans(), changes=CHANGES, cut=st.none() | st.floats(0, 1), doubled=st.booleans())
def test_a_damaged_zip_is_refused_or_gives_the_same_run(
    packed, run, home, same_process, in_the_list, changes, cut, doubled
):
    first = packed.rindex(b"PK\x01\x02", 0, packed.index(b"run.json", len(packed) // 2)) if in_the_list else 0
    data = bytearray(packed)
    for place, value in changes:
        data[first + int(place * (len(packed) - first))] = value
    if cut is not None:
        at = first + int(cut * (len(packed) - first))
        data = data + data[at:] if doubled else data[:at]
    before = tree(home)
    try:
        got = import_run(io.BytesIO(bytes(data)), "fuzz.zip", home)
    except InputError:
        assert tree(home) == before
    else:
        assert contents(got.path) == {name: (run.path / name).read_bytes() for name in LIMITS}
