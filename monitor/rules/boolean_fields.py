"""The fields of other tools' queries: where ours look instead, or why they cannot."""

from __future__ import annotations

from dataclasses import dataclass

from monitor.rules import boolean_terms as terms
from monitor.rules.boolean_terms import Reading


@dataclass(frozen=True, slots=True)
class Field:
    """What a field becomes."""

    ours: str = ""
    """Our field; empty where the term itself says it all, or where there is none."""
    how: Reading | None = None
    """How its value is read; None for words and phrases as everywhere."""
    note: str = ""
    """What is not quite the same."""
    lost: str = ""
    """Why it is left out; empty if it is not."""


_PLACE = "Failwatch does not know where a post was written: choose feeds of that place instead"
_KIND = "Failwatch reads blogs and news by their feeds: choose the feeds instead"
_SOCIAL = "it is about posts on social networks, which Failwatch does not read"
_AUTHOR = "Failwatch knows only the author's name"
_TIME = "a rule has no dates; the pages filter by them"
_IMAGE = "Failwatch reads no images"
_JUDGED = "Failwatch does not rate posts in this way"

_CARRIED = {
    "title intitle allintitle headline": Field("title"),
    "content text body intext allintext": Field("text"),
    "ingress lead opening": Field("text", note="the whole text is searched, not only its opening"),
    "url inurl allinurl": Field("url", terms.address),
    "site domain domainurl host topleveldomain": Field("url", terms.site),
    "author weblogtitle blogname byline": Field("author"),
    "source publication sourcename outlet": Field("feed", note="looked for in the feed's title"),
    "lang language sourcelang": Field("lang", terms.language),
    "hashtag hashtags": Field(how=terms.hashtag),
    "at_mentions mentions handle": Field(how=terms.mention),
    "raw": Field(how=terms.exact),
}
_LOST = {
    "country continent region state city county sourcecountry sourcegeo sourcecity geo location"
    " latitude longitude loc near": _PLACE,
    "sourcetype pubtype mediatype media contentsource channel channelid publishersubtype": _KIND,
    "engagementtype engagingwith engagingwithguid guid parentpostid rootpostid parentblogname"
    " rootblogname subreddit subredditnsfw subreddittopics redditauthorflair redditpostflair"
    " redditspoiler tags links retweets likes shares engagement sensitivecontent itemreview": _SOCIAL,
    "authorgender authorverified authorverifiedtype authorfollowers gender followers"
    " followerscount authortype interest profession": _AUTHOR,
    "published before after since until date minuteofday searchdate": _TIME,
    "imagetype brandids objects image video logo filetype": _IMAGE,
    "sentiment rating reach ave trending influence impact": _JUDGED,
}
_FIELDS = {name: found for names, found in _CARRIED.items() for name in names.split()} | {
    name: Field(lost=why) for names, why in _LOST.items() for name in names.split()
}


def field(mark: str) -> Field:
    """What `title:` and the like become; a field that nobody knows is left out."""
    name = mark.removesuffix(":").lower()
    return _FIELDS.get(name) or Field(
        lost="Failwatch has no such field; if it is a word with a colon, put it in quotes"
    )
