"""Files are written whole, and only where there is room."""

import shutil

import pytest

from rnalign_core.files import SPARE_BYTES, atomic_path, check_room


def test_a_failure_leaves_the_old_file_and_nothing_else(tmp_path):
    (tmp_path / "a.txt").write_text("old")

    def fail():
        with atomic_path(tmp_path / "a.txt") as temporary:
            temporary.write_text("half of the n")
            raise OSError(28, "No space left on device")

    with pytest.raises(OSError, match="No space"):
        fail()
    assert {path.name: path.read_text() for path in tmp_path.iterdir()} == {"a.txt": "old"}


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
