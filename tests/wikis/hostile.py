"""Text as no feed should give it: pieces that mean something to some wiki."""

import re
from html import unescape

from hypothesis import strategies as st

PIECES = [
    "[[", "]]", "{{", "}}", "~~~~", "<b>", "<!--", "-->", "__TOC__", "'''", "''", "==", "\n* ", "\n", "{|", "|}",
    "||", "!!", "|-", "|", "-{", "}-", "http://x.example ", "mailto:a@b.example", "[[Category:X]]", "[[File:x.png]]",
    "&amp;", "&#91;", "<nowiki>", "</nowiki>", "<ref>", "#REDIRECT", "----", "ISBN 0451526538", "RFC 2616", "PMID 1234",
    "{{subst:x}}", "{{{1}}}", "$1", "a", " ", "é", "\\", "`", "*", "_", ":", ";", "-", "'", "<!-- failwatch:end -->",
    "//x.example", "**", "%%", "%", "((", "))", "<code>", "</code>", "<file>", "~~NOTOC~~", ">", "^", "FIXME", ":-)", "www.x.example", "<sub>Failwatch ends here.</sub>",
    "{{x.png}}", "\\\\ ", "  * ", "<php>", "{{rss>http://x.example}}", "->", "(c)", "...", "640x480", "a@b.example", "<a@b.example>", "[[a|b]]", "$$", "]]>", "{{{", "\\(", "\u202e", "\x7f", "١", "e\u0301",
]  # fmt: skip
HOSTILE = st.lists(st.sampled_from(PIECES), max_size=9).map("".join)


def visible(page: str) -> str:
    """What a reader sees of HTML."""
    bare = re.sub(r"<[^>]*>", "", re.sub(r"<!--.*?-->", "", page, flags=re.DOTALL))
    return " ".join(unescape(bare).replace("\xa0", " ").split())
