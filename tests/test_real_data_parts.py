"""scripts/real_data_parts.py: one verdict a part over its pictures."""

from dataclasses import replace

import pytest
from real_data_parts import by_part, part_rows

from cvinspect.model import Kind
from cvinspect.score.scoring import LabelScore, PictureScore

PIT = LabelScore("pit", 10.0, 9.0, found_as=Kind.DENT, area=100.0, found_area=100.0)


def seen(part, strengths, *labels):
    """A part's pictures, each with its strongest finding; None = it could not be inspected."""
    for index, strength in enumerate(strengths):
        own = labels[index : index + 1]
        why = "" if strength is not None else "dark"
        groups = tuple(label.group for label in own)
        yield PictureScore(f"{part}-{index}", part, bool(labels), groups, True, why, 1.0, own, (), strength)


def test_half_of_the_pictures_decide():
    told = by_part([*seen("a", [0.0, 0.0, 9.0]), *seen("b", [0.0, 7.0, 8.0]), *seen("c", [None, 7.0])])
    assert (told["rejected"]["good"]["hits"], told["rejected"]["good"]["of"]) == (2, 3)
    assert told["rejected"]["bad"]["of"] == 0
    assert told["auroc"]["bad"] is None


def test_what_could_not_be_inspected_says_nothing():
    told = by_part(list(seen("a", [None, None])))
    assert told["rejected"]["good"]["hits"] == 0


def test_bad_parts_by_what_they_have():
    good = [*seen("a", [1.0] * 3), *seen("b", [2.0] * 3)]
    told = by_part([*good, *seen("c", [9.0] * 3, *[PIT] * 3), *seen("d", [8.0] * 3, *[PIT] * 3)])
    assert told["rejected"]["pit"]["hits"] == 2
    assert told["auroc"]["pit"]["area"] == 1


def test_how_far_areas_scatter_over_a_part():
    labels = [replace(PIT, found_area=found, area=drawn) for found, drawn in ((99, 80), (100, 100), (101, 120))]
    told = by_part([*seen("a", [5.0] * 3, *labels), *seen("b", [5.0] * 3, *labels), *seen("good", [0.0])])
    assert told["area_spread"]["pit"]["found_drawn"] == pytest.approx([0.01, 0.2])
    assert ("pit: area's spread over a part's pictures", "0.010 found, 0.200 drawn, 2 parts") in list(part_rows(told))


def test_two_pictures_tell_no_spread():
    assert by_part([*seen("a", [5.0] * 2, PIT, PIT), *seen("b", [5.0] * 2, PIT, PIT)])["area_spread"] == {}
