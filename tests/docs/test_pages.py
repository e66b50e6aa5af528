"""The pages lead where they say, name tests that are there, and the reference has every public name."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest
import yaml

import sg_integration
from sg_integration import _MODULES

from .fences import ROOT, pages

PAGES = pages()
# What two public classes have in common, shown once.
PARTS = {f"sg_integration.components.enrollment.{name}" for name in ("_MemberEnrollment.__init__", "Enrollment")}
_LINK = re.compile(r"\]\((?!https?:|mailto:)([^)\s]*)\)")
_CODE = re.compile(r"^( *)(```+).*?^\1\2 *$", re.DOTALL | re.MULTILINE)
_TEST = re.compile(r"\b(tests/[\w/]+\.py)(?:::(\w+))?")


def named(page: Path) -> str:
    """A page as it is called."""
    return str(page.relative_to(ROOT))


def prose(page: Path) -> str:
    """A page without its code."""
    return _CODE.sub("", page.read_text())


def anchors(page: Path) -> set[str]:
    """What a link may point to in a page, as GitHub and the site make it of headings."""
    headings = re.findall(r"^#+ (.*)$", prose(page), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.replace("`", "")).strip().lower().replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("page", PAGES, ids=named)
def test_every_link_leads_somewhere(page: Path) -> None:
    """A link names a file that is there, and a heading that is in it."""
    for link in _LINK.findall(prose(page)):
        path, _, anchor = link.partition("#")
        target = (page.parent / path).resolve() if path else page
        assert target.exists(), f"{named(page)}: {link} leads nowhere"
        if anchor:
            assert anchor in anchors(target), f"{named(page)}: {link}: no such heading"


@pytest.mark.parametrize("page", PAGES, ids=named)
def test_every_test_that_is_named_is_there(page: Path) -> None:
    """A page that says which test holds a claim names one that exists."""
    for path, name in _TEST.findall(page.read_text()):
        assert (ROOT / path).is_file(), f"{named(page)}: {path} is not there"
        if name:
            functions = {
                node.name
                for node in ast.walk(ast.parse((ROOT / path).read_text()))
                if isinstance(node, ast.FunctionDef)
            }
            assert name in functions, f"{named(page)}: {path} has no {name}"


def test_the_reference_has_every_public_name() -> None:
    """Each name of the package is on a page of the reference, and no other is."""
    text = "\n".join(page.read_text() for page in sorted((ROOT / "docs" / "reference").glob("*.md")))
    wanted = {reference(name) for name in sg_integration.__all__ if name != "__version__"}
    assert set(re.findall(r"^::: (\S+)$", text, re.MULTILINE)) - PARTS == wanted
    assert all(f"`{name}`" in text for name in sg_integration.__all__ if name != "__version__")


def reference(name: str) -> str:
    """Where a public name is defined."""
    module = f"sg_integration.{_MODULES[name]}"
    return module if isinstance(getattr(sg_integration, name), ModuleType) else f"{module}.{name}"


def pages_in(nav: object) -> Iterator[str]:
    """The pages of the site's navigation."""
    if isinstance(nav, str):
        yield nav
    elif isinstance(nav, dict):
        for each in nav.values():
            yield from pages_in(each)
    elif isinstance(nav, list):
        for each in nav:
            yield from pages_in(each)


def test_every_page_is_in_the_navigation() -> None:
    """No page of the site is lost, and the navigation leads to none that is not there."""
    nav = yaml.safe_load((ROOT / "mkdocs.yml").read_text())["nav"]
    written = {str(page.relative_to(ROOT / "docs")) for page in (ROOT / "docs").rglob("*.md")}
    assert set(pages_in(nav)) == written


def test_the_site_is_built_without_a_warning_and_fetches_nothing(tmp_path: Path) -> None:
    """`mkdocs build --strict` passes, and no page of the site asks another server for a font, a script or a style."""
    # Not --quiet: what is not printed is not counted, and nothing is strict any more.
    command = [sys.executable, "-m", "mkdocs", "build", "--strict", "--site-dir", str(tmp_path)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    built = list(tmp_path.rglob("*.html"))
    assert len(built) > len(list((ROOT / "docs").rglob("*.md")))  # and a page for what is not found
    for page in built:
        assert not re.findall(r"<(?:script|link|img|iframe)\b[^>]*(?:src|href)=\"?(https?:[^\"> ]+)", page.read_text())
