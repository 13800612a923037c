"""The truth of pictures in every form that is read; what does not fit is refused, naming file and place."""

import shutil

import numpy as np
import pytest
import score_scenes as scenes

from cvinspect.errors import ConfigurationError
from cvinspect.model import Kind
from cvinspect.pictures import write_picture
from cvinspect.score import Road, load_truth, parse_classes, pictures_of, score_pictures
from cvinspect.score.truth import form_of

GIVEN = parse_classes(scenes.CLASSES)
OF_MASKS = parse_classes("1=foreign,2=scratch")


def classes_for(form):
    return OF_MASKS if form == "masks" else GIVEN


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Pictures in one folder, and a folder of truth for each form, called without a hint."""
    root = tmp_path_factory.mktemp("标注 truth")
    scenes.write_pictures(root / "pictures")
    for number, write in enumerate(scenes.FORMS.values()):
        place = root / f"t{number}"
        place.mkdir()
        write(place)
    return root


def places(folder):
    return sorted((folder / "pictures").iterdir())


def truth_of(folder, form):
    number = list(scenes.FORMS).index(form)
    return load_truth(folder / f"t{number}", places(folder), classes_for(form))


@pytest.mark.parametrize("form", scenes.FORMS)
def test_the_form_is_told_by_what_the_files_hold(folder, form):
    truth = truth_of(folder, form)
    assert (truth.form, truth.files) == (form, 2)


@pytest.mark.parametrize("form", scenes.FORMS)
def test_every_form_states_the_same_places_and_sizes(folder, form):
    truth = truth_of(folder, form)
    bad, good = (truth.of[path] for path in places(folder))
    assert good.labels(scenes.SIZE) == ()
    speck, weak, line = sorted(bad.labels(scenes.SIZE), key=lambda one: (one.is_line, one.center_px[0, 0]))
    assert [one.meaning.kind for one in (speck, weak, line)] == [Kind.FOREIGN_MATTER] * 2 + [Kind.SCRATCH]
    for label, center in ((speck, (100, 80)), (weak, (300, 80)), (line, (120, 200))):
        assert label.center_px[0] == pytest.approx(center, abs=1.0)
    boxed = form in ("YOLO boxes", "YOLO OBB")
    assert speck.size_px == pytest.approx(14 if boxed else 12, abs=0.7)
    assert line.size_px == pytest.approx(102.2 if form == "YOLO boxes" else 100, rel=0.05)


@pytest.mark.parametrize("form", scenes.FORMS)
def test_every_form_scores_the_same(folder, form):
    road = Road(mm_per_px=scenes.MM_PER_PX)
    shots = road.shots(places(folder))
    bad, good = (score for score, _ in score_pictures(shots, truth_of(folder, form), road))
    by_group = {group: [one for one in bad.labels if one.group == group] for group in ("foreign_matter", "scratch")}
    assert [label.strength is not None for label in by_group["foreign_matter"]] == [True, False]
    (line,) = by_group["scratch"]
    assert line.strength is not None
    assert line.found_as is Kind.SCRATCH
    assert line.found_size == pytest.approx(5.0, rel=0.05)
    (wrong,) = bad.false
    assert wrong.size == pytest.approx(0.4, abs=0.05)
    assert (good.bad, good.false, good.strongest) == (False, (), None)


def test_masks_beside_their_pictures_are_no_pictures(tmp_path):
    for name in ("a.bmp", "a.png", "b.png"):
        (tmp_path / name).touch()
    shots = [tmp_path / name for name in ("a.jpg", "a.png", "b.png")]
    assert [path.name for path in pictures_of(shots, tmp_path)] == ["a.jpg", "b.png"]
    assert len(pictures_of(shots, tmp_path / "elsewhere")) == 3


def one(tmp_path, name, text, classes=GIVEN, size=scenes.SIZE):
    """The labels of one truth file for one picture called 图.png."""
    folder = tmp_path / "truth"
    folder.mkdir()
    file = folder / name
    if isinstance(text, str):
        file.write_text(text, "utf-8")
    else:
        write_picture(file, text)
    shot = tmp_path / "图.png"
    write_picture(shot, np.full(size[::-1], 128, np.uint8))
    return load_truth(folder, [shot], classes).of[shot].labels(size)


SCENE = 'schema = "cvinspect-truth/1"\npicture = "图.png"\nmm_per_px = 0.05\n[[defect]]\n'


@pytest.mark.parametrize(
    ("name", "text", "message"),
    [
        ("图.txt", "0 0.5 0.5 0.1", r"图\.txt: line 1: '0 0\.5 0\.5 0\.1': must be `class x y width height`"),
        ("图.txt", "0 0.5 0.5 0.1 0.1\n0 200 100 10 10", r"line 2: 200: must be a share .* divide the pixels"),
        ("图.txt", "0 0.5 0.5 0 0.1", r"line 1: a box of 0 x 0\.1: must be above 0"),
        ("图.txt", "7 0.5 0.5 0.1 0.1", r"line 1: the class '7' is unknown; given are 0, 1; add --classes \"7=KIND\""),
        ("图.txt", "0 1.3 0.5 0.1 0.1", r"line 1: lies outside the picture: x 500 to 540.* 400x300 px"),
        ("图.txt", "no truth at all", r"图\.txt: holds no truth that is known; read are"),
        ("图.json", '{"shapes": [{"label": "dust", "points": [[1, 1], [5, 5]], "shape_type": "rectangle"}]}',
         r"图\.json: shape 1: the class 'dust' is unknown"),
        ("图.json", '{"shapes": [{"label": "0", "points": [[1, 1]], "shape_type": "polygon"}]}',
         r"shape 1: a polygon of 1 points: must have at least 3"),
        ("图.json", '{"shapes": [{"label": "0", "points": [[1, 1]], "shape_type": "blob"}]}', r"shape_type"),
        ("图.json", '{"shapes": [', r"not valid JSON"),
        ("图.json", '{"shapes": [{"label": "0", "points": [[900, 10], [950, 20]], "shape_type": "rectangle"}]}',
         r"shape 1: lies outside the picture: x 900 to 950"),
        ("图.toml", SCENE[:-11].replace("图.png", "b.png"), r"图\.toml: picture = 'b\.png': must be '图\.png'"),
        ("图.toml", SCENE + 'kind = "hole"\ncenter_mm = [5.0, 5.0]\nlength_mm = 1.0', r"defect 1: .*'hole' is unknown"),
        ("图.toml", SCENE + 'kind = "dent"\ncenter_mm = [5.0, 5.0]', r"defect 1: has no size; give max_dimension_mm"),
        ("图.toml", SCENE + 'kind = "dent"\ncenter_mm = [99.0, 5.0]\nlength_mm = 1.0', r"defect 1: lies outside"),
        ("图.toml", SCENE[:-11].replace("0.05", "0"), r"mm_per_px = 0: must be above 0"),
    ],
)  # fmt: skip
def test_what_is_not_understood_is_refused_with_its_place(tmp_path, name, text, message):
    with pytest.raises(ConfigurationError, match=message):
        one(tmp_path, name, text)


def two_values(first, second):
    mask = np.zeros(scenes.SIZE[::-1], np.uint8)
    mask[20:30, 20:40], mask[60:80, 20:30] = first, second
    return mask


def test_a_mask_of_unknown_values_is_refused(tmp_path):
    with pytest.raises(ConfigurationError, match=r"图\.png: holds the values 1, 2; say what they are with --classes"):
        one(tmp_path, "图.png", two_values(1, 2), parse_classes(None))


def test_a_mask_with_one_unknown_value_is_refused(tmp_path):
    with pytest.raises(ConfigurationError, match=r"图\.png: value 3: the class '3' is unknown; given are 0, 1"):
        one(tmp_path, "图.png", two_values(1, 3))


def test_a_mask_in_colour_is_refused(tmp_path):
    with pytest.raises(ConfigurationError, match="a mask must be grey"):
        one(tmp_path, "图.png", np.zeros((30, 40, 3), np.uint8))


def test_a_mask_of_one_value_says_yes_or_no_and_crumbs_are_left_out(tmp_path):
    mask = two_values(255, 255)
    mask[200, 200] = 255
    labels = one(tmp_path, "图.png", mask, parse_classes(None))
    assert [(label.meaning.group, label.area_px2) for label in labels] == [("any", 200.0), ("any", 200.0)]


def test_grey_edges_of_a_mask_are_marked_from_half_of_white(tmp_path):
    mask = np.zeros(scenes.SIZE[::-1], np.uint8)
    mask[50, 10:110] = np.linspace(0, 255, 100)
    (label,) = one(tmp_path, "图.png", mask, parse_classes(None))
    assert label.box == (60, 50, 110, 51)


def test_a_mask_may_be_named_by_its_folder(tmp_path):
    labels = one(tmp_path, "图.png", two_values(255, 40), parse_classes("truth=dent"))
    assert [label.meaning.kind for label in labels] == [Kind.DENT]


def test_a_folder_of_good_pictures_marks_nothing(tmp_path):
    with pytest.raises(ConfigurationError, match="marks 400 px, but its folder's class is good"):
        one(tmp_path, "图.png", two_values(255, 255), parse_classes("truth=good"))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("0", r"--classes: '0' is no pair; write CLASS=KIND"),
        ("0=hole", r"--classes: 0 = 'hole': unknown kind 'hole'; allowed: scratch, .*; also any, good, ignore"),
        ("0=dent,0=scratch", r"--classes: the class '0' stands twice"),
        ("missing.toml", r"missing\.toml: no such file"),
    ],
)
def test_classes_that_cannot_be_used_are_refused(text, message):
    with pytest.raises(ConfigurationError, match=message):
        parse_classes(text)


def test_classes_may_stand_in_a_file(tmp_path):
    file = tmp_path / "种类.toml"
    file.write_text(
        'schema = "cvinspect-classes/1"\n[classes]\n0 = "foreign"\n"尘 点" = "ignore"\nflaw = "any"', "utf-8"
    )
    classes = parse_classes(str(file))
    assert classes.of("0", "").kind is Kind.FOREIGN_MATTER
    assert classes.of("尘 点", "").ignore
    assert (classes.of("flaw", "").group, classes.of("flaw", "").kind) == ("flaw", None)
    assert classes.of("scratch", "").kind is Kind.SCRATCH
    file.write_text('schema = "cvinspect-classes/1"\n[classes]\n0 = 5', "utf-8")
    with pytest.raises(ConfigurationError, match=r"种类\.toml: classes\.0 = 5: must be a text in quotes"):
        parse_classes(str(file))


def test_missing_truth_is_refused_unless_it_means_good(folder, tmp_path):
    shutil.copy(folder / "t2" / "图 1.txt", tmp_path)
    with pytest.raises(ConfigurationError, match=r"holds no truth of .*良品\.png; .*--unlabelled-good"):
        load_truth(tmp_path, places(folder), GIVEN)
    truth = load_truth(tmp_path, places(folder), GIVEN, unlabelled_good=True)
    assert truth.assumed_good == 1
    assert truth.of[folder / "pictures" / "良品.png"].whole.good


def test_an_empty_folder_holds_no_truth_even_where_that_means_good(folder, tmp_path):
    with pytest.raises(ConfigurationError, match=r"holds no truth of .*图 1\.png \(and 1 more\); read are"):
        load_truth(tmp_path, places(folder), GIVEN, unlabelled_good=True)


def test_truth_of_two_forms_is_refused(folder, tmp_path):
    shutil.copy(folder / "t2" / "图 1.txt", tmp_path)
    shutil.copy(folder / "t4" / "良品.json", tmp_path)
    with pytest.raises(ConfigurationError, match=r"holds truth of several forms \(.*: YOLO; .*: labelme JSON\)"):
        load_truth(tmp_path, places(folder), GIVEN)


def test_of_two_truth_files_the_one_in_the_like_folder_counts(tmp_path):
    shot = tmp_path / "pictures" / "left" / "a.png"
    shot.parent.mkdir(parents=True)
    shot.touch()
    for place, kind in (("left", 0), ("right", 1)):
        (tmp_path / "truth" / place).mkdir(parents=True)
        (tmp_path / "truth" / place / "a.txt").write_text(f"{kind} 0.5 0.5 0.1 0.1")
    (label,) = load_truth(tmp_path / "truth", [shot], GIVEN).of[shot].labels((100, 100))
    assert label.meaning.kind is Kind.FOREIGN_MATTER
    shutil.move(tmp_path / "truth" / "left", tmp_path / "truth" / "middle")
    with pytest.raises(ConfigurationError, match="both may be the truth of"):
        load_truth(tmp_path / "truth", [shot], GIVEN)


def table(tmp_path, text, *names):
    file = tmp_path / "标签.csv"
    file.write_text(text, "utf-8")
    shots = [tmp_path / "pictures" / name for name in names]
    return load_truth(file, shots, parse_classes("def=any,skip=ignore")), shots


def test_image_labels(tmp_path):
    text = "file,size,label\na.png,3,ok\nx/b.png,4,def\nc.png,1,skip\nd.png,2,scratch\n"
    truth, shots = table(tmp_path, text, "a.png", "x/b.png", "c.png", "d.png")
    told = [truth.of[shot] for shot in shots]
    assert truth.form == "image labels"
    assert [one.whole.good for one in told] == [True, False, False, False]
    assert [one.whole.group for one in told[1:]] == ["def", "ignore", "scratch"]
    assert not any(one.placed for one in told)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("name,label\na.png,ok", r"标签\.csv: line 1: 'name, label': must name the columns `file` and `label`"),
        ("file,label\na.png,hole", r"标签\.csv: line 2: the class 'hole' is unknown"),
        ("file,label\na.png,ok\na.png,def", r"line 3: the file 'a\.png' stands twice"),
        ("file,label\na.png", r"line 2: 1 cells where line 1 names 2 columns"),
        ("file,label\na.png,", r"line 2: a file and a label are needed"),
        ("file,label\nb.png,ok", r"holds no truth of .*a\.png"),
    ],
)
def test_image_labels_that_cannot_be_used_are_refused(tmp_path, text, message):
    with pytest.raises(ConfigurationError, match=message):
        table(tmp_path, text, "a.png")


def test_a_truth_that_is_not_there_is_refused(tmp_path):
    with pytest.raises(ConfigurationError, match="no such file or folder; read are the samples' TOML, masks"):
        load_truth(tmp_path / "无", [], GIVEN)


def test_one_file_is_the_truth_of_one_picture(folder):
    file = folder / "t2" / "图 1.txt"
    assert form_of(file) == "YOLO"
    with pytest.raises(ConfigurationError, match="is the truth of one picture, but 2 are given"):
        load_truth(file, places(folder), GIVEN)
    assert load_truth(file, places(folder)[:1], GIVEN).files == 1


@pytest.mark.parametrize("form", ["masks", "labelme JSON"])
def test_truth_of_another_size_is_refused(folder, tmp_path, form):
    shot = tmp_path / "图 1.png"
    write_picture(shot, np.full((200, 300), 128, np.uint8))
    road = Road()
    number = list(scenes.FORMS).index(form)
    truth = load_truth(folder / f"t{number}", [shot], classes_for(form))
    with pytest.raises(ConfigurationError, match=r"图 1\.\w+: is for a picture of 400x300 px, but .* has 300x200 px"):
        list(score_pictures(road.shots([shot]), truth, road))


def test_truth_of_another_scale_is_refused(folder):
    road = Road(mm_per_px=0.1)
    with pytest.raises(ConfigurationError, match=r"mm_per_px = 0\.05, but .* is inspected at 0\.1 mm/px"):
        list(score_pictures(road.shots(places(folder)), truth_of(folder, "truth TOML"), road))


def test_the_scale_that_the_truth_states_is_taken(folder):
    road = Road()
    scores = [score for score, _ in score_pictures(road.shots(places(folder)), truth_of(folder, "truth TOML"), road)]
    assert sorted(label.size for label in scores[0].labels) == pytest.approx([0.5, 0.6, 5.0])


def test_findings_on_ignored_labels_are_neither_found_nor_false(folder):
    road = Road(mm_per_px=scenes.MM_PER_PX)
    truth = load_truth(folder / "t2", places(folder), parse_classes("0=ignore,1=scratch"))
    bad, _ = (score for score, _ in score_pictures(road.shots(places(folder)), truth, road))
    assert [label.group for label in bad.labels] == ["scratch"]
    assert len(bad.false) == 1
