"""Where the part lies: the outlines in pixels, and the one thing that can be wrong."""

from dataclasses import replace

import numpy as np
import pytest

from cvinspect.calibration import scale_calibration
from cvinspect.errors import PictureError
from cvinspect.locate import locate
from cvinspect.model import Face, Frame
from cvinspect.projection import Projection

CALIBRATION = scale_calibration(0.05, (240, 180)).value()
FRAME = Frame(np.zeros((180, 240), np.uint8))


def test_the_whole_frame_reaches_to_the_outer_edges_of_its_pixels():
    placement = locate(FRAME, [Face("front", "1")], CALIBRATION)
    (outline,) = placement.outlines_px
    assert outline.tolist() == [[-0.5, -0.5], [239.5, -0.5], [239.5, 179.5], [-0.5, 179.5]]
    assert (placement.faces, placement.calibration, placement.mm_per_px) == (
        (Face("front", "1"),),
        CALIBRATION,
        0.05,
    )


def test_an_outline_in_millimetres_is_mapped_to_pixels_in_the_faces_order():
    faces = [Face("a", "1", ((0.0, 0.0), (2.0, 0.0), (2.0, 1.0))), Face("b", "2", ((5.0, 5.0), (6.0, 5.0), (6.0, 8.0)))]
    placement = locate(FRAME, faces, CALIBRATION)
    np.testing.assert_allclose(placement.outlines_px[0], [[0, 0], [40, 0], [40, 20]])
    np.testing.assert_allclose(placement.outlines_px[1], [[100, 100], [120, 100], [120, 160]])
    np.testing.assert_allclose(placement.to_mm(placement.outlines_px[1]), faces[1].outline_mm)


@pytest.mark.parametrize("shape", [(180, 241), (181, 240), (240, 180), (180, 200, 3)])
def test_a_frame_of_another_size_is_refused(shape):
    frame = Frame(np.zeros(shape, np.uint8))
    message = f"the picture is {shape[1]}x{shape[0]} px, its calibration is for 240x180 px"
    with pytest.raises(PictureError, match=message) as caught:
        locate(frame, [Face("front", "1")], CALIBRATION)
    assert caught.value.code == "picture_size"


def test_a_colour_frame_of_the_right_size_is_taken():
    assert locate(Frame(np.zeros((180, 240, 3), np.uint16)), [], CALIBRATION).outlines_px == ()


PLANE = (35.0, 0.0, 6.0, 0.0, 35.0, 4.5, 0.1, 0.0, 1.0)
LENS = Projection((700.0, 700.0), (120.0, 90.0), (-0.25, 0.0, 0.0, 0.0, 0.0), PLANE)


def test_a_straight_edge_in_millimetres_is_bent_as_the_lens_bends_it():
    calibration = replace(CALIBRATION, projection=LENS)
    face = Face("a", "1", ((0.5, 0.5), (11.0, 0.5), (11.0, 8.0), (0.5, 8.0)))
    (outline,) = locate(FRAME, [face], calibration).outlines_px
    walked = calibration.to_mm(outline)
    np.testing.assert_allclose(walked[:: len(walked) // 4], face.outline_mm, atol=1e-9)
    on_edge = np.isclose(walked[:, 0], (0.5, 11.0)[0]) | np.isclose(walked[:, 0], 11.0)
    assert (on_edge | np.isclose(walked[:, 1], 0.5) | np.isclose(walked[:, 1], 8.0)).all()
    assert len(outline) > 40


def test_knobs_are_turned_into_pixels_at_the_coarsest_place():
    placement = locate(FRAME, [Face("a", "1")], replace(CALIBRATION, projection=LENS))
    corners = np.array([[0.0, 0.0], [239.0, 0.0], [239.0, 179.0], [0.0, 179.0]])
    stretch = np.linalg.svd(placement.calibration.jacobian(corners), compute_uv=False).max()
    assert placement.mm_per_px >= 0.999 * stretch


@pytest.mark.parametrize(("by", "for_", "fits"), [("A", "A", 1), ("", "A", 1), ("A", "", 1), ("A", "B", 0)])
def test_a_frame_of_another_camera_is_refused(by, for_, fits):
    frame, calibration = replace(FRAME, camera=by), replace(CALIBRATION, camera=for_)
    if fits:
        assert locate(frame, [Face("front", "1")], calibration).calibration is calibration
        return
    with pytest.raises(PictureError, match="is by the camera 'A', its calibration is for 'B'") as caught:
        locate(frame, [Face("front", "1")], calibration)
    assert caught.value.code == "picture_camera"
