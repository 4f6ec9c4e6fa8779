"""Colours that stay apart, also for readers with a colour vision deficiency."""

from importlib.resources import files
from itertools import combinations

import numpy as np
import pytest

from segmentlab.report.layout import (
    ACCENT,
    FAINT_INK,
    GRID_COLOUR,
    HUES,
    INK,
    NIGHT_COLOURS,
    NOISE_COLOUR,
    NOISE_SEGMENT,
    PAPER,
    choose_colour,
    choose_symbol,
)

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


def difference(one: np.ndarray, other: np.ndarray) -> float:
    """CIEDE2000: how unlike two colours look; 1 can hardly be seen side by side, 10 is seen at a glance."""
    lightness, red, yellow = np.transpose([one, other])
    chroma = np.hypot(red, yellow).mean() ** 7
    red = red * (1 + 0.5 * (1 - np.sqrt(chroma / (chroma + 25**7))))
    colour, hue = np.hypot(red, yellow), np.degrees(np.arctan2(yellow, red)) % 360
    turn = (hue[1] - hue[0] + 180) % 360 - 180
    middle = hue[0] + turn / 2
    light, grown = lightness.mean(), colour.mean()
    waves = ((-0.17, 1, -30), (0.24, 2, 0), (0.32, 3, 6), (-0.2, 4, -63))
    shape = 1 + sum(size * np.cos(np.radians(times * middle + shift)) for size, times, shift in waves)
    parts = np.array(
        [
            np.diff(lightness)[0] / (1 + 0.015 * (light - 50) ** 2 / np.sqrt(20 + (light - 50) ** 2)),
            np.diff(colour)[0] / (1 + 0.045 * grown),
            2 * np.sqrt(colour.prod()) * np.sin(np.radians(turn / 2)) / (1 + 0.015 * grown * shape),
        ]
    )
    blue = np.sin(np.radians(60 * np.exp(-(((middle % 360 - 275) / 25) ** 2))))
    bent = -2 * blue * np.sqrt(grown**7 / (grown**7 + 25**7)) * parts[1] * parts[2]
    return float(np.sqrt((parts**2).sum() + bent))


@pytest.mark.parametrize(
    ("one", "other", "known"),  # of the published test data of Sharma, Wu and Dalal (2005)
    [
        ([50, 2.6772, -79.7751], [50, 0, -82.7485], 2.0425),
        ([50, 2.5, 0], [73, 25, -18], 27.1492),
        ([60.2574, -34.0099, 36.2677], [60.4626, -34.1751, 39.4387], 1.2644),
        ([22.7233, 20.0904, -46.694], [23.0331, 14.973, -42.5619], 2.0373),
    ],
)
def test_the_difference_of_colours_is_the_published_one(one, other, known):
    assert difference(np.array(one), np.array(other)) == pytest.approx(known, abs=1e-4)


@pytest.mark.parametrize("eyes", VISION)
def test_the_first_eight_segments_and_noise_are_told_apart_by_all_eyes(eyes):
    seen = [lab(shade, VISION[eyes]) for shade in (*HUES, NOISE_COLOUR)]
    assert min(difference(one, other) for one, other in combinations(seen, 2)) > 15


@pytest.mark.parametrize("background", [PAPER, NIGHT_COLOURS[PAPER]])
def test_segments_stand_out_from_the_page_by_day_and_by_night(background):
    assert min(contrast(shade, background) for shade in (*HUES, NOISE_COLOUR)) > 1.4


def measure_luminance(shade: str) -> float:
    """How bright a colour is, from 0 for black to 1 for white, as WCAG 2 has it."""
    parts = (part / 255 for part in bytes.fromhex(shade[1:]))
    red, green, blue = (
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    """How much brighter one colour is than another, as WCAG has it: letters need 4.5."""
    low, high = sorted(measure_luminance(shade) for shade in (one, other))
    return (high + 0.05) / (low + 0.05)


def test_words_and_lines_of_figures_are_read_at_night_as_by_day():
    night = NIGHT_COLOURS[PAPER]
    assert min(contrast(NIGHT_COLOURS[ink], night) for ink in (INK, FAINT_INK, ACCENT)) >= 4.5
    assert min(contrast(ink, PAPER) for ink in (INK, FAINT_INK, ACCENT)) >= 4.5
    css = files("segmentlab.report").joinpath("page.css").read_text("utf-8")
    named = (INK, PAPER, GRID_COLOUR)
    assert all(NIGHT_COLOURS[shade] in css for shade in named), "the page and its figures have one look"


def test_sixty_segments_have_sixty_colours():
    assert len({choose_colour(segment) for segment in range(60)}) == 60


def test_the_symbol_changes_where_the_hues_start_again():
    assert choose_symbol(0) == choose_symbol(7) == choose_symbol(NOISE_SEGMENT) != choose_symbol(8)


def test_noise_is_grey_and_no_segment_is():
    assert choose_colour(NOISE_SEGMENT) == NOISE_COLOUR
    assert NOISE_COLOUR not in {choose_colour(segment) for segment in range(60)}
