"""Colours that stay apart, also for readers with a colour vision deficiency."""

from itertools import combinations

import numpy as np
import pytest

from segmentlab.report.layout import HUES, NOISE_COLOUR, NOISE_SEGMENT, choose_colour, choose_symbol

# Machado, Oliveira and Fernandes (2009), severity 1, on linear RGB.
VISION = {
    "usual": np.eye(3),
    "protanopia": [
        [0.152286, 1.052583, -0.204868],
        [0.114503, 0.786281, 0.099216],
        [-0.003882, -0.048116, 1.051998],
    ],
    "deuteranopia": [
        [0.367322, 0.860646, -0.227968],
        [0.280085, 0.672501, 0.047413],
        [-0.01182, 0.04294, 0.968881],
    ],
    "tritanopia": [
        [1.255528, -0.076749, -0.178779],
        [-0.078411, 0.930809, 0.147602],
        [0.004733, 0.691367, 0.3039],
    ],
}
TO_XYZ = np.array([[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]])
WHITE = np.array([0.9505, 1.0, 1.089])


def lab(shade: str, vision: np.ndarray) -> np.ndarray:
    """CIE Lab of a colour as these eyes see it; 2.3 is a just noticeable difference."""
    parts = np.array(list(bytes.fromhex(shade[1:]))) / 255
    linear = np.where(parts <= 0.04045, parts / 12.92, ((parts + 0.055) / 1.055) ** 2.4)
    x, y, z = np.cbrt(TO_XYZ @ np.clip(np.asarray(vision) @ linear, 0, 1) / WHITE)
    return np.array([116 * y - 16, 500 * (x - y), 200 * (y - z)])


@pytest.mark.parametrize("eyes", VISION)
def test_the_first_eight_segments_and_noise_are_told_apart_by_all_eyes(eyes):
    seen = [lab(shade, VISION[eyes]) for shade in (*HUES, NOISE_COLOUR)]
    assert min(np.linalg.norm(one - other) for one, other in combinations(seen, 2)) > 15


def test_sixty_segments_have_sixty_colours():
    assert len({choose_colour(segment) for segment in range(60)}) == 60


def test_the_symbol_changes_where_the_hues_start_again():
    assert choose_symbol(0) == choose_symbol(7) == choose_symbol(NOISE_SEGMENT) != choose_symbol(8)


def test_noise_is_grey_and_no_segment_is():
    assert choose_colour(NOISE_SEGMENT) == NOISE_COLOUR
    assert NOISE_COLOUR not in {choose_colour(segment) for segment in range(60)}
