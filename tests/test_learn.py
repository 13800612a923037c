"""`cvinspect learn`: from good pictures to what is usual, what is still found, and what inspecting makes of it."""

import json

import numpy as np
import pytest
from cli import cli
from good_parts import LOGO, RECIPE, SIZE, folder, lay, part

from cvinspect.calibration import save_calibration, scale_calibration
from cvinspect.pictures import write_picture
from cvinspect.synth import disk

GOOD = 16
NAMED = RECIPE.format(learned='learned = "cover.learned"\n')


def learnt(place, pictures, *options):
    recipe = folder(place, pictures)
    return cli("learn", place / "good", "--recipe", recipe, *options), recipe


def found(place, pixels, name="part"):
    """What `inspect` finds in a picture, by the learned file."""
    (place / "cover.toml").write_text(NAMED, "utf-8")
    write_picture(place / f"{name}.png", pixels)
    (line,) = cli("inspect", place / f"{name}.png", "--recipe", place / "cover.toml", "--json").lines
    assert line["blobs"] or not line["findings"]
    return line


@pytest.fixture(scope="module", autouse=True)
def few():
    """Fewer objects are drawn than in use, and more at once."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("cvinspect.learn.sizes.EACH", 3)
        patch.setattr("cvinspect.learn.sizes.AT_ONCE", 9)
        yield


@pytest.fixture(scope="module")
def golden(tmp_path_factory):
    """Sixteen good parts with a printed logo; the last picture has a defect."""
    place = tmp_path_factory.mktemp("golden")
    pictures = [part(seed) for seed in range(GOOD)]
    pictures[7] = part(7, disk((30.0, 110.0), 9.0, -60.0))
    done, _ = learnt(place, pictures, "--by", "QA")
    return place, done


@pytest.fixture(scope="module")
def texture(tmp_path_factory):
    """Sixteen ground parts, each with streaks of its own."""
    place = tmp_path_factory.mktemp("texture")
    done, _ = learnt(place, [lay(seed) for seed in range(GOOD)])
    return place, done


def test_it_says_what_it_learnt(golden):
    place, done = golden
    assert done.code == 0, done.err
    assert "learnt from 15 good pictures of 15 parts: place by place" in done.out
    assert "parts are wanted for levels that are certain to a tenth" in done.out
    assert "set for 0.02 false findings per good part" in done.out
    assert 'learned = "cover.learned"' in done.out
    assert (place / "cover.learned").is_file()


def test_it_names_the_picture_that_looks_defective(golden):
    place, done = golden
    assert "looks defective and was left out, look at it" in done.out
    told = json.loads((place / "cover.learned").read_text("utf-8"))
    assert [one["picture"][-6:] for one in told["pictures"] if one["left_out"]] == ["07.png"]
    assert told["made_by"] == "QA"
    assert all(len(one["sha256"]) == 64 for one in told["pictures"])


@pytest.mark.parametrize("place_px", [(140.0, 60.0), (60.0, 50.0), (100.0, 100.0)])
@pytest.mark.parametrize("contrast", [45.0, -45.0])
def test_a_defect_on_or_beside_the_print_is_found_and_the_print_is_not(golden, place_px, contrast):
    blobs = found(golden[0], part(90, disk(place_px, 6.0, contrast)))["blobs"]
    away = {blob["strength"]: np.hypot(*np.subtract(blob["center_px"], place_px)) for blob in blobs}
    assert away[max(away)] < 2
    assert max(away.values()) < 16


@pytest.mark.parametrize("seed", range(40, 45))
def test_other_good_parts_have_no_findings(golden, seed):
    assert found(golden[0], part(seed))["blobs"] == []


@pytest.mark.parametrize("level", [110.0, 145.0])
def test_another_exposure_of_a_good_part_has_none_either(golden, level):
    scale = level / 130.0
    pixels = np.clip(np.rint(part(50).astype(float) * scale), 0, 255).astype(np.uint8)
    assert found(golden[0], pixels)["blobs"] == []


def test_a_missing_print_is_found(golden):
    line = found(golden[0], part(51, logo=LOGO[:2]))
    assert line["blobs"] or line["outcome"] == "INVALID"


def test_the_json_says_by_what(golden):
    line = found(golden[0], part(52))
    told = json.loads((golden[0] / "cover.learned").read_text("utf-8"))
    assert line["learned"] == {"name": "cover.learned", "sha256": told["sha256"]}
    assert line["inspected"][0]["from_mm"] >= told["sizes"]["foreign_matter"]["a90_95_mm"]


def test_texture_is_told_from_a_golden_part(texture):
    place, done = texture
    assert done.code == 0, done.err
    assert "the texture of the ground" in done.out
    assert json.loads((place / "cover.learned").read_text("utf-8"))["size_px"] is None


@pytest.mark.parametrize("seed", range(60, 64))
def test_the_lay_is_no_finding(texture, seed):
    assert found(texture[0], lay(seed))["blobs"] == []


@pytest.mark.parametrize("place_px", [(60.0, 60.0), (150.0, 90.0)])
def test_a_pit_in_the_lay_is_found(texture, place_px):
    line = found(texture[0], lay(70, disk(place_px, 10.0, -50.0)))
    best = max(line["blobs"], key=lambda blob: blob["strength"])
    assert np.hypot(*np.subtract(best["center_px"], place_px)) < 3
    assert best["area_mm2"]["value"] == pytest.approx(np.pi * 25, rel=0.25)


def test_where_good_parts_differ_nothing_passes(tmp_path, monkeypatch):
    monkeypatch.setattr("cvinspect.learn.sizes.EACH", 6)
    pictures = []
    for seed in range(8):
        pixels = part(seed).astype(float)
        pixels[20:60, 150:190] *= 1 + 0.5 * np.random.default_rng(seed).uniform(-1, 1, (40, 40))
        pictures.append(np.clip(pixels, 0, 255).astype(np.uint8))
    done, _ = learnt(tmp_path, pictures, "--ground", "golden")
    assert "% of the faces can be judged" in done.out
    line = found(tmp_path, pictures[0])
    (entry,) = line["inspected"]
    assert 0.9 < entry["coverage"] < 0.97


def test_json(tmp_path):
    done, _ = learnt(tmp_path, [lay(seed) for seed in range(5)], "--json", "-o", tmp_path / "own.learned")
    (told,) = done.lines
    assert told["file"] == str(tmp_path / "own.learned")
    assert told["ready"]["parts"] == 5
    assert "arrays" not in told


def test_one_picture_is_refused(tmp_path):
    done, _ = learnt(tmp_path, [part(1)])
    assert done.code == 2
    assert "1 good picture; how good parts differ is seen from at least 5" in done.words


def test_the_same_picture_twice_is_refused(tmp_path):
    done, _ = learnt(tmp_path, [part(seed % 5) for seed in range(6)])
    assert done.code == 2
    assert "05.png: is the same picture as" in done.words


def test_what_cannot_be_used_is_left_out_and_named(tmp_path):
    recipe = folder(tmp_path, [part(seed) for seed in range(8)])
    write_picture(tmp_path / "good" / "08.png", lay(1, size=(100, 80)))
    (tmp_path / "good" / "坏.png").write_bytes(b"no picture")
    done = cli("learn", tmp_path / "good", "--recipe", recipe, "--json")
    (told,) = done.lines
    assert done.code == 0
    assert told["ready"]["pictures"] == 8
    assert "left out: " in done.words
    assert "08.png: cannot be learnt from: the picture is 100x80 px" in done.words
    assert "坏.png: cannot be learnt from: " in done.words


def test_too_many_that_cannot_be_used_are_refused(tmp_path):
    recipe = folder(tmp_path, [part(seed) for seed in range(5)])
    for name in ("08.png", "09.png"):
        (tmp_path / "good" / name).write_bytes(b"no picture")
    done = cli("learn", tmp_path / "good", "--recipe", recipe, "--lang", "zh")
    assert done.code == 2
    assert done.words.count("未采用") == 2
    assert "2 of 7 pictures cannot be learnt from (above), at most a quarter may be so" in done.words


def test_too_many_defective_pictures_are_refused(tmp_path):
    spots = [disk((30.0 + 20 * index, 110.0), 9.0, -60.0) for index in range(4)]
    pictures = [part(seed, *([spots[seed]] if seed < 4 else [])) for seed in range(12)]
    done, _ = learnt(tmp_path, pictures)
    assert done.code == 2
    assert "more than a quarter of the pictures look defective" in done.words


@pytest.mark.parametrize(
    ("option", "said"),
    [
        (["--false-per-part", "0"], "--false-per-part 0: allowed is"),
        (["--contrast", "nan"], "--contrast nan: allowed is"),
        (["--view", "back"], "--view back: the recipe has no such view; it has front"),
    ],
)
def test_bad_options(tmp_path, option, said):
    done, _ = learnt(tmp_path, [lay(seed) for seed in range(5)], *option)
    assert done.code == 2
    assert said in done.words


def test_a_file_that_is_there_is_kept(tmp_path):
    (tmp_path / "cover.learned").write_text("mine", "utf-8")
    done, _ = learnt(tmp_path, [lay(seed) for seed in range(5)])
    assert done.code == 2
    assert (tmp_path / "cover.learned").read_text("utf-8") == "mine"


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda text: text.replace('"made_by": "QA"', '"made_by": "QB"'), "was edited"),
        (lambda text: text[: len(text) // 2], "not valid JSON"),
        (lambda text: text.replace("cvinspect-learned/1", "cvinspect-learned/9"), "this version reads"),
        (lambda text: "", "not valid JSON"),
    ],
)
def test_a_spoilt_file_is_refused(golden, tmp_path, change, said):
    text = (golden[0] / "cover.learned").read_text("utf-8")
    done = inspected_with(tmp_path, change(text))
    assert done.code == 2
    assert said in done.words


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('part = "cover"', 'part = "lid"', "part = 'cover', but here it is 'lid'"),
        ('name = "front"', 'name = "back"', "view = 'front', but here it is 'back'"),
        ('name = "top"', 'name = "side"', "was learnt for other faces"),
        ("[view.detect.foreign]", "[view.detect.foreign]\ncontrast_gray = 9.0", "or other detectors"),
    ],
)
def test_a_file_of_another_recipe_is_refused(golden, tmp_path, old, new, said):
    text = (golden[0] / "cover.learned").read_text("utf-8")
    done = inspected_with(tmp_path, text, NAMED.replace(old, new))
    assert done.code == 2
    assert said in done.words


@pytest.mark.parametrize(
    ("mm_per_px", "size", "camera", "said"),
    [
        (1.1, SIZE, "", "mm_per_px = 1, but the calibration's is 1.1"),
        (1.0, (300, 140), "", "size_px = '200x140', but here it is '300x140'"),
        (1.0, SIZE, "other", "camera = '', but here it is 'other'"),
    ],
)
def test_a_file_of_another_camera_is_refused(golden, tmp_path, mm_per_px, size, camera, said):
    text = (golden[0] / "cover.learned").read_text("utf-8")
    done = inspected_with(tmp_path, text, calibration=scale_calibration(mm_per_px, size, camera=camera))
    assert done.code == 2
    assert said in done.words


def test_a_missing_file_is_refused_with_what_to_do(tmp_path):
    done = inspected_with(tmp_path, None)
    assert done.code == 2
    assert "no such file; make it with `cvinspect learn" in done.words


def inspected_with(place, learned, recipe=NAMED, calibration=None):
    """`inspect` with this learned text, recipe and calibration."""
    folder(place, [part(1)])
    if learned is not None:
        (place / "cover.learned").write_text(learned, "utf-8")
    (place / "cover.toml").write_text(recipe, "utf-8")
    if calibration is not None:
        save_calibration(calibration, place / "cam.json")
    return cli("inspect", place / "good", "--recipe", place / "cover.toml", "--json")


def test_the_command_may_name_what_was_learnt(golden):
    place = golden[0]
    picture, bare = place / "other.png", place / "bare.toml"
    write_picture(picture, part(53))
    bare.write_text(RECIPE.format(learned=""), "utf-8")
    (line,) = cli("inspect", picture, "--recipe", bare, "--learned", place / "cover.learned", "--json").lines
    assert line["learned"]["name"] == "cover.learned"
    assert line["blobs"] == []


@pytest.mark.parametrize("word", ["turned = true", "pattern_mm = 4.0"])
def test_a_view_that_says_its_ground_by_itself_is_not_learnt(tmp_path, golden, word):
    recipe = folder(tmp_path, [part(seed) for seed in range(5)])
    recipe.write_text(recipe.read_text("utf-8").replace("[[view]]", f"[[view]]\n{word}", 1), "utf-8")
    done = cli("learn", tmp_path / "good", "--recipe", recipe)
    assert done.code == 2
    assert f"has {word.split()[0]}, which says by itself what the ground is" in done.err
    given = cli("inspect", tmp_path / "good", "--recipe", recipe, "--learned", golden[0] / "cover.learned")
    assert given.code == 2
    assert "keep one of the two" in given.err
