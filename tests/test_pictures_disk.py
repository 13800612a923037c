"""Picture files on the disk: what may be opened, what is left when writing fails, and what is listed."""

import os
import stat
import subprocess
import sys
from pathlib import Path

import numpy as np
import pictures_cases as cases
import pytest

from cvinspect.errors import PictureError
from cvinspect.pictures import decode_picture, encode_png, list_pictures, read_picture, write_picture

PIXELS = cases.scene(3, 16)
PNG = encode_png(PIXELS)
posix = pytest.mark.skipif(os.name != "posix", reason="pipes, links and devices of POSIX")


def refused(path):
    """The code and words with which reading `path` is refused."""
    with pytest.raises(PictureError, match=r"\S") as caught:
        read_picture(path)
    return caught.value.code, str(caught.value)


@pytest.mark.parametrize(
    "name",
    ["part.png", "零件_划痕.png", "Gehäuse größe.PNG", "ü" * 125 + ".png", "-rf.png", " .png", "no ending", "a\nb.png"],
)
def test_any_name_is_written_and_read(tmp_path, name):
    (tmp_path / name).write_bytes(PNG)
    np.testing.assert_array_equal(read_picture(tmp_path / name).pixels, PIXELS)
    assert read_picture(str(tmp_path / name)).sha256 == decode_picture(PNG, "").sha256
    if name.lower().endswith(".png"):
        write_picture(tmp_path / name, PIXELS[..., 0])
        np.testing.assert_array_equal(read_picture(tmp_path / name).pixels, PIXELS[..., 0])


@pytest.mark.skipif(sys.platform != "linux", reason="names that are not UTF-8 exist on Linux")
def test_a_name_that_is_not_utf8_is_read_and_shown_clean(tmp_path):
    path = os.fsdecode(os.fsencode(tmp_path) + b"/part_\xe9.png")
    write_picture(path, PIXELS)
    np.testing.assert_array_equal(read_picture(path).pixels, PIXELS)
    assert list_pictures(tmp_path) == [Path(path)]
    Path(path).write_bytes(b"")
    code, words = refused(path)
    assert (code, words.encode("utf-8").decode().endswith("part_?.png: the file is empty; copy it again")) == (
        "picture_truncated",
        True,
    )


def test_the_ending_of_a_name_decides_nothing(tmp_path):
    (tmp_path / "part.bmp").write_bytes(PNG)
    assert read_picture(tmp_path / "part.bmp").format == "png"


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("none.png", "there is no such file or folder; check the path"),
        ("part.png/inner.png", "there is no such file or folder"),
        ("a\0b.png", r"no file can have this name \(embedded null"),
        ("\ud800.png", "no file can have this name|no such file"),
        ("", "no such file"),
    ],
)
def test_a_missing_file_is_refused(tmp_path, monkeypatch, name, words):
    monkeypatch.chdir(tmp_path)
    Path("part.png").write_bytes(PNG)
    with pytest.raises(PictureError, match=words) as caught:
        read_picture(name)
    assert caught.value.code == "picture_missing"
    str(caught.value).encode("utf-8")


def test_a_nul_does_not_cut_a_name(tmp_path):
    (tmp_path / "a").write_bytes(PNG)
    assert refused(str(tmp_path / "a\0b.png"))[0] == "picture_missing"


def test_a_folder_is_refused(tmp_path):
    assert refused(tmp_path)[0] == "picture_not_a_file"
    assert "this is a folder; name a file in it" in refused(tmp_path)[1]


@posix
def test_a_pipe_is_refused_and_does_not_block(tmp_path):
    os.mkfifo(tmp_path / "pipe.png")
    assert refused(tmp_path / "pipe.png") == (
        "picture_not_a_file",
        f"{tmp_path}/pipe.png: this is a pipe; a picture file is needed",
    )


@posix
def test_a_link_is_refused(tmp_path):
    (tmp_path / "part.png").write_bytes(PNG)
    (tmp_path / "link.png").symlink_to("part.png")
    code, words = refused(tmp_path / "link.png")
    assert code == "picture_not_a_file"
    assert "a symbolic link; name the file that it points to" in words


@posix
@pytest.mark.skipif(not Path("/dev/zero").exists(), reason="no /dev/zero")
def test_a_device_is_refused():
    assert refused("/dev/zero")[0] == "picture_not_a_file"
    assert "this is a device" in refused("/dev/zero")[1]


@posix
def test_what_becomes_a_pipe_or_link_before_it_is_opened_is_refused(tmp_path, monkeypatch):
    (tmp_path / "part.png").write_bytes(PNG)
    ordinary = (tmp_path / "part.png").stat()
    os.mkfifo(tmp_path / "pipe.png")
    (tmp_path / "link.png").symlink_to("part.png")
    monkeypatch.setattr(os, "lstat", lambda path: ordinary)
    assert refused(tmp_path / "pipe.png")[0] == "picture_not_a_file"
    assert refused(tmp_path / "link.png")[0] == "picture_unreadable"


@posix
@pytest.mark.skipif(os.name == "posix" and os.geteuid() == 0, reason="root may read everything")
def test_a_file_without_rights_is_refused(tmp_path):
    (tmp_path / "part.png").write_bytes(PNG)
    (tmp_path / "part.png").chmod(0)
    assert refused(tmp_path / "part.png")[0] == "picture_unreadable"


def fail(*_, **__):
    raise PermissionError(13, "Permission denied")


def test_what_the_system_refuses_is_said(tmp_path, monkeypatch):
    (tmp_path / "part.png").write_bytes(PNG)
    monkeypatch.setattr(os, "open", fail)
    code, words = refused(tmp_path / "part.png")
    assert code == "picture_unreadable"
    assert "it cannot be read (Permission denied); check path and rights" in words


def test_a_file_that_is_too_large_is_refused_unread(tmp_path):
    with (tmp_path / "part.png").open("wb") as file:
        file.truncate(256_000_001)
    assert refused(tmp_path / "part.png")[0] == "picture_too_large"


@pytest.mark.parametrize("change", [-5, 5])
def test_a_file_that_changes_while_it_is_read_is_refused(tmp_path, monkeypatch, change):
    (tmp_path / "part.png").write_bytes(PNG)
    real = os.fstat

    def before(handle):
        status = real(handle)
        size = [*status[:6], status.st_size + change, *status[7:10]]
        return os.stat_result(size) if stat.S_ISREG(status.st_mode) else status

    monkeypatch.setattr(os, "fstat", before)
    assert refused(tmp_path / "part.png")[0] == "picture_truncated"
    assert "while it was read" in refused(tmp_path / "part.png")[1]


@posix
def test_the_file_and_then_its_name_reach_the_disk(tmp_path, monkeypatch):
    synced = []

    def note(handle):
        synced.append((os.fstat(handle).st_mode, [path.name for path in tmp_path.iterdir()]))

    monkeypatch.setattr(os, "fsync", note)
    write_picture(tmp_path / "part.png", PIXELS)
    (file, before), (folder, after) = synced
    assert stat.S_ISREG(file)
    assert stat.S_ISDIR(folder)
    assert "part.png" not in before
    assert after == ["part.png"]


@pytest.mark.parametrize("before", [None, b"what was there"])
@pytest.mark.parametrize("step", ["open", "fsync", "replace"])
def test_a_write_that_fails_leaves_what_was_there(tmp_path, monkeypatch, step, before):
    if before:
        (tmp_path / "part.png").write_bytes(before)
    with monkeypatch.context() as patch:
        patch.setattr(os, step, fail)
        with pytest.raises(
            PictureError, match=r"part\.png: it cannot be written \(Permission denied\); check"
        ) as caught:
            write_picture(tmp_path / "part.png", PIXELS)
    assert caught.value.code == "picture_not_written"
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == ({"part.png": before} if before else {})


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("none/part.png", "it cannot be written"),
        ("part.jpg", r"pictures are written as PNG; let the name end in \.png"),
        ("a\0b.png", "it cannot be written"),
        ("folder.png", "it cannot be written"),
        ("x" * 300 + ".png", "it cannot be written"),
    ],
)
def test_a_place_that_cannot_be_written_is_said(tmp_path, name, words):
    (tmp_path / "folder.png").mkdir()
    with pytest.raises(PictureError, match=words) as caught:
        write_picture(str(tmp_path / name), PIXELS)
    assert caught.value.code == "picture_not_written"
    assert [path.name for path in tmp_path.iterdir()] == ["folder.png"]


def test_what_does_not_decode_to_the_same_is_not_written(tmp_path, monkeypatch):
    monkeypatch.setattr("cvinspect.pictures.disk.encode_png", lambda pixels: encode_png(pixels ^ 1))
    with pytest.raises(PictureError, match="does not decode to the same pixels"):
        write_picture(tmp_path / "part.png", PIXELS)
    assert list(tmp_path.iterdir()) == []


def test_pictures_are_listed_in_order(tmp_path):
    names = ["b.PNG", "a.jpg", "b/2.tif", "b/10.TIFF", "b/c/x.jpeg", "零件/y.bmp", "a b.png"]
    left_out = ["notes.txt", ".hidden.png", ".git/z.png", "b/.x/z.png", "png", "a.png.tmp"]
    for name in names + left_out:
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_bytes(b"")
    found = [path.relative_to(tmp_path).as_posix() for path in list_pictures(tmp_path)]
    assert found == ["a b.png", "a.jpg", "b/10.TIFF", "b/2.tif", "b/c/x.jpeg", "b.PNG", "零件/y.bmp"]
    assert list_pictures(str(tmp_path / "b" / "c")) == [tmp_path / "b" / "c" / "x.jpeg"]


@posix
def test_linked_folders_are_not_entered_and_odd_files_are_not_hidden(tmp_path):
    (tmp_path / "in").mkdir()
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "a.png").write_bytes(PNG)
    (tmp_path / "in" / "linked").symlink_to(tmp_path / "out")
    (tmp_path / "in" / "loop.png").symlink_to(tmp_path / "in")
    (tmp_path / "in" / "lost.png").symlink_to("nowhere")
    os.mkfifo(tmp_path / "in" / "pipe.png")
    assert [path.name for path in list_pictures(tmp_path / "in")] == ["lost.png", "pipe.png"]


def test_a_folder_that_is_none_is_refused(tmp_path):
    (tmp_path / "part.png").write_bytes(PNG)
    with pytest.raises(PictureError, match="this is no folder; name the folder") as caught:
        list_pictures(tmp_path / "part.png")
    assert caught.value.code == "picture_not_a_file"
    with pytest.raises(PictureError, match="no such file or folder") as caught:
        list_pictures(tmp_path / "none")
    assert caught.value.code == "picture_missing"


def test_a_folder_that_cannot_be_read_is_not_passed_over(tmp_path, monkeypatch):
    (tmp_path / "a").mkdir()
    real = os.scandir
    monkeypatch.setattr(os, "scandir", lambda path: fail() if str(path).endswith("a") else real(path))
    with pytest.raises(PictureError, match=r"cannot be read \(Permission denied\)"):
        list_pictures(tmp_path)


def test_it_imports_where_posix_flags_are_missing():
    code = "import os; import subprocess; del os.O_NOFOLLOW, os.O_NONBLOCK; import cvinspect.pictures"
    root = Path(__file__).resolve().parents[1]
    done = subprocess.run([sys.executable, "-c", code], cwd=root, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
