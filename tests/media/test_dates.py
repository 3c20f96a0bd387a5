import pytest

from dam.media import dates


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2026:05:01 10:20:30", ("2026-05-01T10:20:30", None, None)),
        ("2026-05-01T10:20:30.25-06:00", ("2026-05-01T10:20:30", "25", -360)),
        ("2026-05-01T16:20:30Z", ("2026-05-01T16:20:30", None, 0)),
        ("2023-09-22T18:34:05+0200", ("2023-09-22T18:34:05", None, 120)),
        ("2003:08:31", ("2003-08-31", None, None)),
        ("1919:11:20 08:00:00", ("1919-11-20T08:00:00", None, None)),
    ],
)
def test_a_written_moment_is_read_as_written(text: str, expected: tuple[object, ...]) -> None:
    assert dates.parse(text) == expected


@pytest.mark.parametrize(
    "text",
    ["", None, "0000:00:00 00:00:00", "    :  :     :  :  ", "2026:13:01 10:00:00", "2026:02:30 10:00:00",
     "2026:05:01 25:00:00", "9999:01:01 00:00:00", "not a date", "2024"],
)  # fmt: skip
def test_what_is_no_date_is_none(text: str | None) -> None:
    assert dates.parse(text) is None


@pytest.mark.parametrize(
    ("text", "minutes"),
    [("+05:30", 330), ("-06:00", -360), ("Z", 0), ("+0100", 60), ("+15:00", None), ("x", None)],
)
def test_offsets_are_minutes_east(text: str, minutes: int | None) -> None:
    assert dates.offset(text) == minutes
