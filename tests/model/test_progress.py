"""Estimates and their words: the time left, and when a line is due."""

from __future__ import annotations

import pytest

from sg_integration.model.progress import Rhythm, duration, last_line, line, seconds_left


@pytest.mark.parametrize(
    ("done", "elapsed", "known", "left"),
    [
        (0, 5.0, 0.0, 0.0),  # nothing is known yet
        (0, 5.0, 40.0, 40.0),
        (50, 5.0, 380.0, 380.0),  # the first burst was quick; the pace is not
        (50, 500.0, 20.0, 9500.0),  # slower than the pace: AWS takes its time
        (1000, 100.0, 0.0, 0.0),
    ],
)
def test_the_time_left_is_what_is_known_or_what_the_past_says(
    done: int, elapsed: float, known: float, left: float
) -> None:
    """The longer of the two, of 1,000 things."""
    assert seconds_left(done, 1000, elapsed, known) == pytest.approx(left)


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0, "1 s"), (1.6, "2 s"), (89, "89 s"), (90, "2 min"), (1160, "19 min"), (5399, "90 min"), (5400, "1 h 30 min"),
        (7199, "2 h 0 min"), (36_000, "10 h 0 min"),
    ],
)  # fmt: skip
def test_a_duration_has_one_unit_or_two(seconds: float, words: str) -> None:
    """Seconds up to a minute and a half, minutes up to an hour and a half, then both hours and minutes."""
    assert duration(seconds) == words


def test_a_line_is_due_after_ten_seconds_and_then_at_doubled_distances() -> None:
    """10, 30, 70, 130 seconds after the beginning, and then each minute; it speaks once for each."""
    rhythm = Rhythm(1000.0)
    due = [now for now in range(1000, 1400) if rhythm.is_due(now)]
    assert due == [1010, 1030, 1070, 1130, 1190, 1250, 1310, 1370]
    assert rhythm.spoke
    assert not Rhythm(0).spoke


def test_the_lines_count_with_separators() -> None:
    """How far it is, and at the end how long it took, or where it stopped."""
    assert line("joining trust", 120, 3000, "things", 1160) == "joining trust: 120 of 3,000 things, about 19 min left"
    assert (
        last_line("joining trust", 3000, 3000, "things", 1180) == "joining trust: 3,000 of 3,000 things, 20 min in all"
    )
    assert last_line("joining trust", 1200, 3000, "things", 61) == (
        "joining trust: stopped at 1,200 of 3,000 things, 61 s in all"
    )
