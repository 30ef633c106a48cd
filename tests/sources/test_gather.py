"""A folder of downloads: what is there is used, what is missing comes, what has changed is noticed."""

import hashlib
import json

import pytest
from filelock import FileLock

from rnalign_core.problems import InputError, RNAlignError
from rnalign_core.sources import download
from rnalign_core.sources.download import RemoteFile
from rnalign_core.sources.gather import RECORD, gather


def sha256(content):
    return hashlib.sha256(content).hexdigest()


@pytest.fixture
def files(site):
    site.files |= {"a.txt": b"first", "b.txt.gz": b"second file"}
    known = "md5:" + hashlib.md5(b"first").hexdigest()
    return [
        RemoteFile("a.txt", site.url + "a.txt", 5, known, elsewhere="Or ask a friend."),
        RemoteFile("b.txt.gz", site.url + "b.txt.gz", 11, other_names=("b.txt",)),
    ]


@pytest.fixture
def run(files, tmp_path):
    def run(*, offline=False):
        told = []
        found, problems = gather(files, tmp_path, lambda *now: told.append(now), offline=offline)
        assert all(0 <= fraction <= 1 for fraction, _ in told)
        return found, problems

    return run


def test_missing_files_are_downloaded_once_and_recorded(site, run, tmp_path):
    found, problems = run()
    assert [file.path.read_bytes() for file in found] == [b"first", b"second file"]
    assert [file.sha256 for file in found] == [sha256(b"first"), sha256(b"second file")]
    assert problems == []
    record = json.loads((tmp_path / RECORD).read_text())
    assert record["b.txt.gz"]["sha256"] == sha256(b"second file")
    assert record["b.txt.gz"]["source"] == found[1].origin.split(",")[0] == site.url + "b.txt.gz"
    assert run() == (found, [])
    assert len(site.requests) == 2


def test_files_put_there_by_hand_are_used(site, run, tmp_path):
    (tmp_path / "a.txt").write_bytes(b"first")
    (tmp_path / "b.txt").write_bytes(b"unpacked")
    found, problems = run(offline=True)
    assert [file.path.name for file in found] == ["a.txt", "b.txt"]
    assert found[1].origin.startswith("put there by hand")
    assert problems == []
    assert site.requests == []


def test_another_release_put_there_by_hand_is_said(run, tmp_path):
    (tmp_path / "a.txt").write_bytes(b"another")
    (problem,) = run()[1]
    assert (problem.severity, problem.where) == ("warning", "a.txt")
    assert "put there by hand, and not the file at http://127" in problem.what


def test_offline_names_all_that_is_missing_and_where_it_is(site, run, tmp_path):
    with pytest.raises(InputError) as error:
        run(offline=True)
    first, second = error.value.problems
    assert first.what == "a.txt is not there"
    assert (
        first.fix
        == f"Download {site.url}a.txt and put it there, or let it be downloaded (without --offline). Or ask a friend."
    )
    assert second.what == "b.txt.gz or b.txt is not there"
    assert first.where == str(tmp_path)
    assert site.requests == []


def test_a_file_that_changed_is_refused_until_its_record_goes(run, tmp_path):
    run()
    (tmp_path / "b.txt.gz").write_bytes(b"damaged")
    with pytest.raises(InputError, match=r"it has changed since 20\d\d.*delete its entry in checksums.json"):
        run()
    record = json.loads((tmp_path / RECORD).read_text())
    del record["b.txt.gz"]
    (tmp_path / RECORD).write_text(json.dumps(record))
    assert run()[0][1].sha256 == sha256(b"damaged")


def test_a_source_that_changed_is_said(site, run, tmp_path):
    run()
    (tmp_path / "b.txt.gz").unlink()
    site.files["b.txt.gz"] = b"next version"
    found, (problem,) = run()
    assert found[1].sha256 == sha256(b"next version")
    assert problem.severity == "warning"
    assert "it has changed since" in problem.what
    assert run()[1] == []


def test_the_same_under_two_names(run, tmp_path):
    for name in ("b.txt", "b.txt.gz"):
        (tmp_path / name).write_bytes(b"x")
    with pytest.raises(InputError, match=r"b\.txt\.gz and b\.txt are there for the same purpose"):
        run()


def test_first_file_is_recorded_when_the_second_fails(site, run, tmp_path):
    del site.files["b.txt.gz"]
    with pytest.raises(RNAlignError, match="404"):
        run()
    assert json.loads((tmp_path / RECORD).read_text())["a.txt"]["source"] == site.url + "a.txt"


def test_room_for_all_is_asked_for_first(site, run, monkeypatch):
    monkeypatch.setattr(download, "SPARE_BYTES", 10**15)
    with pytest.raises(RNAlignError, match="Free some disk space"):
        run()
    assert site.requests == []


def test_one_program_at_a_time(run, tmp_path):
    with FileLock(tmp_path / ".lock"), pytest.raises(RNAlignError, match="Another program is downloading"):
        run()


def test_unreadable_record(run, tmp_path):
    (tmp_path / RECORD).write_text("{")
    with pytest.raises(InputError, match="Delete it; it is made anew"):
        run()
