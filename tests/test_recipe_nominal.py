"""The nominal outline in a recipe: circle, polygon, drawing; refused in words."""

from __future__ import annotations

import hashlib

import numpy as np
import pytest

from cvinspect.calibration import save_calibration, scale_calibration
from cvinspect.config import load_job
from cvinspect.errors import RecipeError
from cvinspect.model import Kind

TRIANGLE = "0\nSECTION\n2\nENTITIES\n" + "".join(
    f"0\nLINE\n8\n0\n10\n{a}\n20\n{b}\n11\n{c}\n21\n{d}\n" for a, b, c, d in ((0, 0, 4, 0), (4, 0, 0, 2), (0, 2, 0, 0))
) + "0\nENDSEC\n0\nEOF\n"  # fmt: skip


@pytest.fixture
def flash(tmp_path):
    save_calibration(scale_calibration(0.05, (400, 300)), tmp_path / "scale.json")
    (tmp_path / "part.dxf").write_text(TRIANGLE, encoding="utf-8")

    def loaded(outline, more=""):
        path = tmp_path / "recipe.toml"
        path.write_text(
            'schema = "cvinspect-recipe/1"\npart = "p"\n[[view]]\nname = "front"\ncalibration = "scale.json"\n'
            f'[[view.face]]\nname = "front"\ngrade = "A"\n[view.detect.flash]\noutline = {outline}\n{more}\n',
            encoding="utf-8",
        )
        return load_job(path).views[0].detectors[Kind.FLASH]

    return loaded


def test_a_circle(flash):
    (points,) = flash("{ circle = { center = [7.5, 5.0], radius_mm = 3.0 } }", "smallest_mm = 0.2").outline.contours_mm
    assert np.linalg.norm(np.array(points) - (7.5, 5.0), axis=1) == pytest.approx(3.0)


def test_a_polygon_with_a_hole(flash):
    detector = flash("{ polygon = [[1, 1], [9, 1], [9, 9]], holes = [[[6, 3], [7, 3], [7, 4]]] }")
    assert [len(contour) for contour in detector.outline.contours_mm] == [3, 3]


def test_a_drawing_is_turned_over_turned_and_moved(flash):
    (points,) = flash('{ dxf = "part.dxf", unit = "mm", origin = [5, 6] }').outline.contours_mm
    assert np.array(sorted(points)) == pytest.approx(np.array([(5, 4), (5, 6), (9, 6)]), abs=1e-9)
    (points,) = flash('{ dxf = "part.dxf", unit = "cm", turn_deg = 90, mirror = true }').outline.contours_mm
    assert np.array(sorted(points)) == pytest.approx(np.array([(0, -40), (0, 0), (20, 0)]), abs=1e-9)


REFUSED = {
    "outline = 'square': allowed are none, face, circle, ellipse, learnt, or a table": '"square"',
    "takes one of circle, polygon and dxf; given: none": "{}",
    "takes one of circle, polygon and dxf; given: polygon, dxf": '{ polygon = [[0, 0], [4, 0], [4, 4]], dxf = "a" }',
    "radius_mm = 0: must be above 0": "{ circle = { center = [1, 1], radius_mm = 0 } }",
    "unknown key": "{ circle = { center = [1, 1], radius = 1 } }",
    "crosses or touches itself": "{ polygon = [[0, 0], [4, 4], [4, 0], [0, 4]] }",
    "layer: belongs to dxf": '{ circle = { center = [1, 1], radius_mm = 1 }, layer = "x" }',
    "holes: belongs to polygon": '{ dxf = "part.dxf", holes = [[[1, 1], [2, 2], [2, 1]]] }',
    "none.dxf: cannot be read": '{ dxf = "none.dxf" }',
    "unit is not stated": '{ dxf = "part.dxf" }',
    "another file than the recipe's": f'{{ dxf = "part.dxf", unit = "mm", sha256 = "{"0" * 64}" }}',
}  # fmt: skip


@pytest.mark.parametrize("message", REFUSED)
def test_a_wrong_outline_is_refused_in_words(message, flash):
    with pytest.raises(RecipeError, match=f"(?s)recipe.toml: view 'front', detect.flash.*{message}"):
        flash(REFUSED[message])


def test_a_drawing_can_be_pinned(flash):
    said = hashlib.sha256(TRIANGLE.encode()).hexdigest()
    assert flash(f'{{ dxf = "part.dxf", unit = "mm", sha256 = "{said}" }}').outline.contours_mm
