"""Files are written whole, and only where there is room."""

import shutil
from pathlib import Path

import pytest

from rnalign_core.files import SPARE_BYTES, atomic_path, check_room, new_folder
from rnalign_core.problems import InputError


def test_a_failure_leaves_the_old_file_and_nothing_else(tmp_path):
    (tmp_path / "a.txt").write_text("old")

    def fail():
        with atomic_path(tmp_path / "a.txt") as temporary:
            temporary.write_text("half of the n")
            raise OSError(28, "No space left on device")

    with pytest.raises(OSError, match="No space"):
        fail()
    assert {path.name: path.read_text() for path in tmp_path.iterdir()} == {"a.txt": "old"}


def content(folder):
    return {str(path.relative_to(folder)): path.read_text() for path in folder.rglob("*") if path.is_file()}


def test_of_two_that_make_a_folder_at_once_the_first_keeps_it_whole(tmp_path):
    target = tmp_path / "deep" / "run"
    target.mkdir(parents=True)  # empty, which is as good as none

    def late():
        with new_folder(target) as second:
            (second / "a.txt").write_text("second")
            with new_folder(target) as first:
                (first / "a.txt").write_text("first")

    with pytest.raises(InputError, match="exists and is not empty"):
        late()
    assert content(tmp_path) == {"deep/run/a.txt": "first"}


def test_a_folder_that_cannot_be_finished_is_not_there(tmp_path):
    def fail():
        with new_folder(tmp_path / "run") as building:
            (building / "a.txt").write_text("half of the n")
            raise OSError(28, "No space left on device")

    with pytest.raises(OSError, match="No space"):
        fail()
    assert list(tmp_path.iterdir()) == []


def test_the_folder_that_one_is_in_is_not_replaced(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for name in (".", "../" + tmp_path.name, str(tmp_path)):
        with pytest.raises(InputError, match="the folder that you are in"), new_folder(Path(name)):
            pass


def test_room_is_looked_for_on_the_disk_of_a_folder_that_will_be_made(tmp_path):
    free = shutil.disk_usage(tmp_path).free
    check_room(tmp_path / "new" / "folder", 1)
    with pytest.raises(OSError, match="No space left on device") as caught:
        check_room(tmp_path / "new" / "folder", 2 * free + SPARE_BYTES)
    assert caught.value.filename == str(tmp_path)


def test_a_folder_that_may_not_be_written_to_has_no_room(tmp_path, monkeypatch):
    monkeypatch.setattr("os.access", lambda path, mode: False)
    with pytest.raises(PermissionError):
        check_room(tmp_path, 1)
