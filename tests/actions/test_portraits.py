"""Claims about pictures."""

from __future__ import annotations

import contextlib
import io

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from alerts.actions.errors import BadPicture
from alerts.actions.portraits import FORMS, LONGEST_SIDE, WIDTHS, Picture, reencode, sized


def picture(size: tuple[int, int] = (600, 400), form: str = "JPEG", **options: object) -> bytes:
    out = io.BytesIO()
    Image.new("RGBA" if form == "PNG" else "RGB", size, "teal").save(out, form, **options)
    return out.getvalue()


def opened(kept: Picture) -> Image.Image:
    return Image.open(io.BytesIO(kept.webp))


@pytest.mark.parametrize("form", ["PNG", "JPEG", "WEBP"])
def test_every_picture_becomes_webp(form: str) -> None:
    kept = reencode(picture(form=form))
    assert opened(kept).format == "WEBP"
    assert (kept.width, kept.height) == opened(kept).size == (600, 400)


def test_metadata_is_left_behind_and_the_picture_stands_upright() -> None:
    exif = Image.Exif()
    exif[0x0112] = 6  # turned by 90 degrees
    exif[0x010E] = "taken at her home"
    exif.get_ifd(0x8825)[2] = (31.0, 13.0, 0.0)
    kept = reencode(picture(exif=exif.tobytes(), comment=b"secret"))
    assert (kept.width, kept.height) == (400, 600)
    assert not opened(kept).getexif()
    assert set(opened(kept).info) <= {"loop", "background", "timestamp", "duration"}
    assert b"home" not in kept.webp
    assert b"secret" not in kept.webp


def test_pixels_are_bounded_and_the_shape_is_kept() -> None:
    kept = reencode(picture((3000, 1500)))
    assert (kept.width, kept.height) == (LONGEST_SIDE, LONGEST_SIDE // 2)


def test_a_portrait_is_offered_in_every_size_and_form_and_none_is_blown_up() -> None:
    large, small = reencode(picture((1000, 1200))), reencode(picture((300, 360)))
    made = {(one.width, one.form): Image.open(io.BytesIO(one.data)) for one in sized(large.webp)}
    assert {key: (one.format, one.width) for key, one in made.items()} == {
        (width, form): (form.upper(), width) for width in WIDTHS for form in FORMS
    }
    assert {Image.open(io.BytesIO(one.data)).size for one in sized(small.webp)} == {(300, 360)}


@pytest.mark.parametrize(
    "data",
    [b"", b"<svg/>", b"GIF89a" + bytes(100), picture()[:900], picture((119, 300)), bytes(11 * 1024 * 1024)],
    ids=["nothing", "svg", "gif", "cut short", "too small", "too large"],
)
def test_what_is_no_picture_we_can_show_is_refused(data: bytes) -> None:
    with pytest.raises(BadPicture):
        reencode(data)


def test_a_bomb_of_pixels_is_refused_unopened() -> None:
    out = io.BytesIO()
    Image.new("1", (20_000, 20_000)).save(out, "PNG")
    with pytest.raises(BadPicture):
        reencode(out.getvalue())


@settings(max_examples=60)
@given(st.integers(0, 700), st.binary(min_size=1, max_size=40))
def test_a_damaged_picture_is_kept_or_refused_and_nothing_else(at: int, noise: bytes) -> None:
    good = picture((130, 130), "PNG")
    with contextlib.suppress(BadPicture):
        assert reencode(good[:at] + noise + good[at + len(noise) :]).webp
