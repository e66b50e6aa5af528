"""The pages link into the repository, which is not part of the site: there such a link goes to where the repository is."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
_OUTSIDE = re.compile(r"\[([^\]]+)\]\(\.\./((?!\.\.)[^)#]+)(#[^)]*)?\)")


def on_page_markdown(markdown: str, *, config: Any, page: Any, **_: Any) -> str:
    """Give links out of the documentation an address, or none if the repository has none yet."""

    def link(found: re.Match[str]) -> str:
        text, path = found[1], found[2]
        if (
            (Path(config["docs_dir"]) / Path(page.file.src_path).parent / ".." / path)
            .resolve()
            .is_relative_to(Path(config["docs_dir"]))
        ):
            return found[0]  # from one folder of the documentation into another
        where = config["repo_url"]
        return f"[{text}]({where.rstrip('/')}/blob/main/{path})" if where else f"{text} (`{path}` in the repository)"

    return _OUTSIDE.sub(link, markdown)
