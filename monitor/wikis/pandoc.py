"""A Word document of HTML, by pandoc where it is installed.

The HTML is our own and names no picture or other file, so that pandoc has nothing to fetch; its
`--sandbox` is of no use here, since Debian's cannot read its own template then.
"""

from __future__ import annotations

import shutil
import subprocess

from monitor.text import one_line
from monitor.wikis.pages import WikiFailed

SECONDS = 120


def docx(page: str) -> bytes | WikiFailed:
    """The document as DOCX, or why not."""
    program = shutil.which("pandoc")
    if program is None:
        return WikiFailed("DOCX needs pandoc: apt-get install pandoc. HTML needs nothing.")
    try:
        done = subprocess.run(  # noqa: S603  # an argument list, no shell; the text comes by stdin
            [program, "--from=html", "--to=docx", "--output=-"],
            input=page.encode(), capture_output=True, check=False, timeout=SECONDS,
        )  # fmt: skip
    except subprocess.TimeoutExpired:
        return WikiFailed(f"pandoc took longer than {SECONDS} seconds.")
    if done.returncode:
        return WikiFailed(f"pandoc failed: {one_line(done.stderr.decode(errors='replace'), 200)}")
    return done.stdout
