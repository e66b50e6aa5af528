"""docs/errors.md has a row for every message of the code, and each row's message is one that is really raised."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest

from sg_integration.aws.errors import _MISSING, TABLE
from sg_integration.model.errors import IntegrationError
from tests.components.conftest import Declared, run

from .elsewhere import ELSEWHERE
from .members import EXAMPLES as MEMBERS
from .messages import messages, pattern
from .page import PAGE, Row, rows
from .program import EXAMPLES as PROGRAM
from .services import CODES
from .services import EXAMPLES as SERVICES
from .tools import EXAMPLES as TOOLS
from .updates import EXAMPLES as UPDATES

EXAMPLES: dict[str, Callable[[], object]] = {**PROGRAM, **SERVICES, **MEMBERS, **UPDATES, **TOOLS}


def row_of(fragment: str) -> tuple[Row, str]:
    """The one row that has a message with these words, and that message; one that says nothing else comes first."""
    every = [(row, each) for row in rows() for each in row.messages]
    found = [one for one in every if one[1] == fragment] or [one for one in every if fragment in one[1]]
    assert found, f"no row says {fragment!r}"
    assert len({row.line for row, _ in found}) == 1, f"{fragment!r} is in several rows"
    return found[0]


def said_by(example: Callable[[], object]) -> object:
    """The error that an example raises, within a program of its own; or what it shows."""
    shown: list[object] = []
    try:
        run(lambda: shown.append(example()), Declared())
    except Exception as error:  # noqa: BLE001  of whatever class
        return error
    return shown[0]


@pytest.mark.parametrize("fragment", EXAMPLES)
def test_what_the_page_says_is_really_raised(fragment: str) -> None:
    """The error of the example has the words of its row, from beginning to end, and the class that the row names."""
    row, words = row_of(fragment)
    error = said_by(EXAMPLES[fragment])
    assert pattern(words).search(str(error)), error
    if classes := re.findall(r"`(\w+)`\)", row.cause):
        assert type(error).__name__ in classes


def test_every_row_is_raised() -> None:
    """There is an example for each row, here or in the test that is named."""
    raised = {row_of(fragment)[0].line for fragment in (*EXAMPLES, *ELSEWHERE)}
    assert [row.messages for row in rows() if row.line not in raised] == []


@pytest.mark.parametrize("fragment", ELSEWHERE)
def test_what_takes_an_engine_or_a_cluster_is_raised_where_it_is_named(fragment: str) -> None:
    """That test says the words, too."""
    row_of(fragment)
    source = (Path(__file__).parents[1] / ELSEWHERE[fragment][0]).read_text()
    assert ELSEWHERE[fragment][1] in source


def test_every_message_of_the_code_has_a_row() -> None:
    """Whoever writes a new error, or other words, writes them into docs/errors.md, with their cause and their cure."""
    told = {each for row in rows() for each in row.messages}
    assert [f"{each.where}: {each.words}" for each in messages() if each.words not in told] == []


def test_no_row_is_about_what_the_code_does_not_say() -> None:
    """What is no longer in the code goes from the page; what a service says is a code of one word."""
    said = {each.words for each in messages()} | CODES
    assert [each for row in rows() for each in row.messages if each not in said] == []


def test_every_code_of_the_tables_has_a_row() -> None:
    """Each code of AWS that becomes an error of ours."""
    assert {each for row in rows() for each in row.messages} >= {*TABLE, *_MISSING}


def test_every_class_is_on_the_page() -> None:
    """Whoever catches errors finds what to catch."""
    page = PAGE.read_text()
    assert [each.__name__ for each in descendants(IntegrationError) if f"`{each.__name__}`" not in page] == []


def test_every_row_has_a_cause_and_a_cure() -> None:
    """Both are sentences."""
    for row in rows():
        assert row.cause.endswith("."), row
        assert row.cure.endswith("."), row


def descendants(kind: type[BaseException]) -> list[type[BaseException]]:
    """The class and all that is derived from it in its own module."""
    below = [each for one in kind.__subclasses__() for each in descendants(one) if each.__module__ == kind.__module__]
    return [kind, *below]
