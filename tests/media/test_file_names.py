"""What names of phones, messengers and screenshots tell."""

import pytest

from dam.media.file_names import Named, when


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("IMG_20260501_182000.jpg", "2026-05-01T18:20:00"),
        ("20260501_182000.jpg", "2026-05-01T18:20:00"),
        ("VID_20260501_182000.mp4", "2026-05-01T18:20:00"),
        ("DCIM/Camera/IMG_20260501_182000_1.jpg", "2026-05-01T18:20:00"),
        ("WhatsApp Image 2026-05-01 at 18.20.05.jpeg", "2026-05-01T18:20:05"),
        ("WhatsApp Image 2026-05-01 at 6.20.05 PM (2).jpeg", "2026-05-01T18:20:05"),
        ("Screenshot_20260501-182000.png", "2026-05-01T18:20:00"),
        ("Screenshot 2026-05-01 at 12.20.00 AM.png", "2026-05-01T00:20:00"),
        ("Captura de Pantalla 2026-05-01 a la(s) 6.20.00 p.m..png", "2026-05-01T18:20:00"),
        ("DJI_20260501182000_0001_D.JPG", "2026-05-01T18:20:00"),
        ("photo_2026-05-01_18-20-00.jpg", "2026-05-01T18:20:00"),
        ("2026-05-01 18.20.00.jpg", "2026-05-01T18:20:00"),
        ("Screen Shot 2026-05-01 at 6.20.00 PM.png", "2026-05-01T18:20:00"),
        ("WIN_20260501_18_20_00_Pro.mp4", "2026-05-01T18:20:00"),
        ("WhatsApp-Image-2026-05-01-at-18.20.05.jpeg", "2026-05-01T18:20:05"),
        ("photo_12@01-05-2026_18-20-00.jpg", "2026-05-01T18:20:00"),
        ("IMG-20260501-WA0012.jpg", "2026-05-01"),
        ("PTT-20260501-WA0001.opus", "2026-05-01"),
    ],
)
def test_a_machines_name_tells_when(name: str, expected: str) -> None:
    found = when(name)
    assert found is not None and found.captured_at == expected and not found.utc


def test_googles_camera_names_by_utc_with_thousandths() -> None:
    assert when("PXL_20260502_002000123.jpg") == Named("2026-05-02T00:20:00", "123", utc=True)


@pytest.mark.parametrize(
    "name",
    ["DSC_0307.JPG", "IMG_4120.JPG", "FB_IMG_1715558888888.jpg", "IMG_20261301_182000.jpg",
     "IMG_20260230_101010.jpg", "acta 2026-05-01 18.20.00.jpg", "20260501.jpg",
     "1234567890123.jpg", "IMG_20260501_186000.jpg", ""],
)  # fmt: skip
def test_what_is_no_moment_is_none(name: str) -> None:
    assert when(name) is None
