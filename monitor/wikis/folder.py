"""A folder of files, Markdown or HTML: what file-based wikis, Obsidian and static sites read."""

from __future__ import annotations

import hashlib
import os
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

from monitor.model import WikiSettings
from monitor.wikis import html, markdown
from monitor.wikis.document import Page
from monitor.wikis.pages import (
    COMMENTS,
    FILES,
    NOTES,
    Found,
    Missing,
    Ours,
    Ref,
    WikiFailed,
    assemble,
    cut,
)

_DRAFT = ".failwatch-"
_CHANGED = "Somebody changed the file just now; the next export looks again."


class Folder:
    """One folder; files are replaced in one step, so that a reader never sees half of one."""

    is_batched = False

    def __init__(
        self, settings: WikiSettings, root: Path | None = None, *, has_bare_links: bool = False
    ) -> None:
        self._root = root or Path(settings.path)
        self._has_bare_links = has_bare_links
        self._is_html = settings.kind == "html"
        self._end = ".html" if self._is_html else ".md"
        self.marks = COMMENTS if self._is_html else FILES

    def name(self, page: Page) -> str:
        """The file that the page is to be."""
        return f"{page.slug or page.key}{self._end}"

    def render(self, page: Page, places: Mapping[str, str]) -> Ours:
        """Our part of a file, with our lines of the front matter."""
        if self._is_html:
            return Ours(html.render_page(page, lambda key: html.file_link(places.get(key, ""))))
        cut_off = self._end if self._has_bare_links else ""
        made = markdown.render_page(page, lambda key: places.get(key, "").removesuffix(cut_off))
        return Ours(made, markdown.front_matter(page))

    def read(self, refs: Sequence[Ref]) -> Mapping[str, Found | Missing | WikiFailed]:
        """The files as they are now; one that was renamed is known by its marker."""
        made = {ref.key: self._read(ref.page) for ref in refs}
        if lost := [key for key, found in made.items() if isinstance(found, Missing)]:
            elsewhere = self._by_marker()
            made |= {key: elsewhere[key] for key in lost if key in elsewhere}
        return made

    def _by_marker(self) -> dict[str, Found]:
        """Files of ours under any name; a page that is there twice is not taken for either."""
        made: dict[str, list[Found]] = {}
        for path in sorted(self._root.glob(f"*{self._end}")):
            found = self._read(path.name)
            parts = cut(found.text, self.marks) if isinstance(found, Found) else None
            if parts and isinstance(found, Found):
                made.setdefault(parts.key, []).append(found)
        return {key: files[0] for key, files in made.items() if len(files) == 1}

    def _read(self, name: str) -> Found | Missing | WikiFailed:
        path = self._root / Path(name).name
        try:
            if path.is_symlink():
                return WikiFailed(f"{path.name} is a link to another place and is left alone.")
            text = path.read_bytes().decode()
        except FileNotFoundError:
            return Missing()
        except (OSError, UnicodeDecodeError) as error:
            return WikiFailed(f"{path} cannot be read ({error}).")
        return Found(path.name, "", _revision(text), text)

    def write(self, page: Page, ours: Ours, base: Found | Missing, name: str) -> Found | WikiFailed:
        """Write our part, under `name`; refuses if the file changed since it was read."""
        name = Path(name).name
        now = self._read(base.page if isinstance(base, Found) else name)
        if isinstance(now, WikiFailed):
            return now
        is_moved = isinstance(base, Found) and base.page != name
        if now != base or (is_moved and (self._root / name).exists()):
            return WikiFailed(_CHANGED, is_conflict=True)
        text = self._text(page, ours, base)
        try:
            if isinstance(base, Found) and is_moved:
                (self._root / base.page).rename(self._root / name)
            self._replace(self._root / name, text)
        except OSError as error:
            said = error.strerror or error
            return WikiFailed(f"{self._root / name} cannot be written ({said}).")
        return Found(name, "", _revision(text), text)

    def _text(self, page: Page, ours: Ours, base: Found | Missing) -> str:
        parts = cut(base.text, self.marks) if isinstance(base, Found) else None
        if parts is None and isinstance(base, Found):
            return assemble(page.key, ours, self.marks, parts=None, below=f"\n\n{base.text}")
        if not self._is_html:
            below = f"\n\n## {NOTES}\n"
            return assemble(page.key, ours, self.marks, parts=parts, below=below)
        head, foot = html.around(page.title)
        text = assemble(page.key, ours, self.marks, parts=parts, below=foot)
        return text if parts else head + text

    def publish(self, _summary: str) -> WikiFailed | None:
        """Every file was there when it was written."""
        for draft in self._root.glob(f"{_DRAFT}*"):
            draft.unlink(missing_ok=True)  # left by a run that was killed
        return None

    def _replace(self, path: Path, text: str) -> None:
        self._root.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile("wb", dir=self._root, prefix=_DRAFT, delete=False) as file:
            file.write(text.encode())
            file.flush()
            os.fsync(file.fileno())
        draft = Path(file.name)
        draft.chmod(path.stat().st_mode & 0o777 if path.exists() else 0o644)
        draft.replace(path)


def _revision(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:16]
