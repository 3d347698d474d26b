"""A folder of Markdown files: what file-based wikis, Obsidian and static sites read."""

from __future__ import annotations

import hashlib
import os
import tempfile
from pathlib import Path

from monitor.model import Lesson, WikiSettings
from monitor.wikis.document import Block
from monitor.wikis.markdown import front_matter, render
from monitor.wikis.pages import Found, Missing, WikiFailed, assemble, cut, file_name


class Folder:
    """One folder; files are replaced in one step, so that a reader never sees half of one."""

    def __init__(self, settings: WikiSettings) -> None:
        self._root = Path(settings.path)

    def render(self, blocks: tuple[Block, ...]) -> str:
        """Our block of a page."""
        return render(blocks)

    def read(self, lesson: Lesson, page: str, page_id: str) -> Found | Missing | WikiFailed:
        """The file of a lesson: the one we made, wherever its title has gone since."""
        name = page_id or page or file_name(lesson.id, lesson.title)
        path = self._root / Path(name).name
        try:
            if path.is_symlink():
                return WikiFailed(f"{path.name} is a link to another place and is left alone.")
            text = path.read_text(encoding="utf-8")
        except FileNotFoundError:
            return Missing()
        except (OSError, UnicodeDecodeError) as error:
            return WikiFailed(f"{path} cannot be read ({error}).")
        return Found(path.name, path.name, _revision(text), text)

    def write(self, lesson: Lesson, inside: str, base: Found | Missing) -> Found | WikiFailed:
        """Write our block into a new or known file; refuses if the file changed since it was read."""
        known = base if isinstance(base, Found) else None
        name = known.page if known else file_name(lesson.id, lesson.title)
        now = self.read(lesson, name, "")
        if isinstance(now, WikiFailed):
            return now
        if (now.revision if isinstance(now, Found) else "") != (known.revision if known else ""):
            return WikiFailed("Somebody changed the file just now; the next export looks again.")
        parts = cut(known.text) if known else None
        text = assemble(lesson.id, inside, front=front_matter(lesson), parts=parts)
        try:
            self._replace(self._root / name, text)
        except OSError as error:
            return WikiFailed(f"{self._root / name} cannot be written ({error.strerror or error}).")
        return Found(name, name, _revision(text), text)

    def _replace(self, path: Path, text: str) -> None:
        self._root.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(
            "w", dir=self._root, prefix=".failwatch-", delete=False, encoding="utf-8"
        ) as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        draft = Path(file.name)
        draft.chmod(path.stat().st_mode & 0o777 if path.exists() else 0o644)
        draft.replace(path)


def _revision(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:16]
