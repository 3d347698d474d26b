"""What we ship in `feeds.yaml` and `rules/`: whole, behaving, and of the breadth that was promised."""

import re
from pathlib import Path

import pytest

from monitor.config.load import load
from monitor.config.settings import Config
from monitor.feeds.parse import parse
from monitor.model import ParsedFeed, Post, Severity, Verdict
from monitor.rules.lint import example_post
from monitor.rules.match import THRESHOLD, judge
from monitor.rules.pack import RuleSet, build

ROOT = Path(__file__).parents[2]

CATEGORIES = {
    "trade", "social", "crisis", "news", "tech", "watchdog", "query", "community", "lang",
}  # fmt: skip


@pytest.fixture(scope="module")
def config() -> Config:
    return load(ROOT, {})


@pytest.fixture(scope="module")
def rule_set(config: Config) -> RuleSet:
    """The packs, built: a rule that failed one of its own examples would raise here."""
    return build(config.rules, config.terms)


def verdict(rule_set: RuleSet, title: str, text: str = "", language: str = "en") -> Verdict:
    post = Post(
        guid="1",
        url="",
        canonical_url="",
        title=title,
        author="",
        summary="",
        text=text,
        language=language,
        published_at=None,
    )
    return judge(rule_set, post)


# One headline for each kind of failure that the packs promise, and the rule that must say so.
FAMILIES = {
    "backlash": ("backlash-brand", "Ikea faces backlash over catalogue without women"),
    "outrage": ("backlash-marketing", "Perfume billboard sparks outrage among commuters"),
    "apology": ("apology-by-organisation", "Dairy company apologises for its joke about nurses"),
    "retraction": ("retraction", "Magazine retracts article after readers find invented quotes"),
    "deleted post": ("deleted-post", "Zoo deletes tweet that mocked a visitor, says sorry"),
    "hashtag hijack": ("hashtag-hijack", "Ferry line's hashtag hijacked by stranded travellers"),
    "hacked account": ("account-hacked", "Cinema chain's Twitter account hacked overnight"),
    "mistaken account": ("account-mistaken", "Intern of the tourist board posted from the wrong account"),
    "tone-deaf campaign": ("tone-deaf", "Lender's payday advert called tone-deaf"),
    "customer service gone viral": (
        "customer-goes-public",
        "Hotel guest filmed how the chain refused her wheelchair, and the video went viral",
    ),
    "service meltdown": ("service-meltdown", "Ticketing outage: angry fans, and no word from the operator"),
    "employee": ("fired-over-post", "Airline sacks steward over racist Facebook post"),
    "executive": ("executive-remark", "Founder under fire after calling customers stupid in interview"),
    "influencer": ("influencer-trouble", "Sports brand cuts ties with influencer after mocking clip"),
    "partner": ("sponsor-drops-star", "Publisher severed ties with illustrator over her posts"),
    "data mishap": ("data-mishap", "Dating app accidentally exposed personal data and kept quiet, users furious"),
    "AI mishap": ("bot-rogue", "Retailer's chatbot insults customers and is taken offline"),
    "AI content": ("ai-content", "Museum's AI-generated poster mocked"),
    "fail vocabulary": ("fail-word-social", "PR disaster of the week: a bank and its emoji"),
    "#fail": ("fail-hashtag", "Two hours on hold with the phone company #fail"),
    "postmortem": ("postmortem", "What went wrong with our rebrand, told by those who did it"),
    "lessons": ("lessons-from-case", "Lessons from the Tesco apology for every PR team's next crisis"),
    "shortfall": ("campaign-fell-short", "Library's fundraising campaign fell short of its goal"),
    "shortfall, hoped": ("hoped-for-more", "Our contest aimed at 900 entries but only 40 came, received in a month"),
    "silencing": ("comments-silenced", "Restaurant blocked critics and hid comments"),
    "legal threat": ("legal-threat-to-critic", "Furniture chain threatens to sue blogger"),
    "boycott": ("boycott-brand", "Boycott of coffee chain grows"),
    "advertisers": ("advertisers-leave", "Sponsors pull out of podcast network"),
    "watchdog": ("watchdog-ruling", "ASA bans influencer's post for undisclosed ad"),
    "known case": ("known-case", "What United Breaks Guitars still teaches"),
}  # fmt: skip

IN_LANGUAGES = {
    "de": ("de-shitstorm", "Drogeriekette erntet Shitstorm wegen Muttertagsplakat"),
    "fr": ("fr-bad-buzz", "Bad buzz pour une compagnie de trains après un tweet"),
    "es": ("es-polemica", "Lluvia de críticas a una marca de refrescos por su anuncio"),
}

# What merely sounds alike. Some name organisations and media on purpose.
LOOKALIKES = [
    "Nightly build failed on the release branch of the company's app",
    "Unit tests failed again: how to fix the pipeline",
    "Hospital treats more patients with heart failure",
    "Regulator reports third bank failure this year",
    "Funniest fail compilation of the year, now on YouTube",
    "My baking fail: the cake that fell in the sink #fail",
    "Goalkeeper apologises to fans after heavy defeat",
    "Offensive coordinator fired, says the football club's Twitter account",
    "Market backlash: bond yields climb as the bank waits",
    "Adjusting gear backlash with a new lead screw from the maker",
    "Senator faces backlash over tweet about airline",
    "Prime minister's campaign ad sparks outrage",
    "Actor apologises for tweets about his former wife",
    "Opposition calls for boycott of election, company of observers leaves",
    "How to handle a PR crisis: ten steps for your brand",
    "Checklist: what to do when your hashtag backfires",
    "Facebook removes posts with false claims about vaccines",
    "Patch closes vulnerability that hackers used on any X account",
    "Coffee chain launches summer campaign on Instagram",
    "Retailer opens forty stores and hires staff",
    "Car maker's advert goes viral and wins hearts",
]

# Well-known cases as a casebook or a blog tells them: later, in the past tense, often without a
# single word of anger.
RETOLD = {
    "Guitar": "A musician saw baggage handlers throw his band's instruments and asked United for money"
    " for nine months. The airline refused, so he sang about it on YouTube in July 2009.",
    "Palm oil": "In March 2010 Greenpeace published a spoof about palm oil. Nestlé had the clip removed,"
    " and its Facebook page deleted comments and answered fans sharply.",
    "Dream flight": "Qantas asked its followers in November 2011 for their luxury dream. Sarcastic"
    " answers on cancelled flights came within hours.",
    "Farmers' stories": "McDonald's paid to promote a hashtag in January 2012. People told of food"
    " poisoning under it, and the chain withdrew the promotion.",
    "Somebody else's burger": "In February 2013 strangers got into the Twitter account of Burger King"
    " and posted for an hour. The company apologised to its followers.",
    "Pizza": "DiGiorno joked about pizza under a hashtag by which women told of domestic violence, and"
    " deleted the tweet within minutes.",
    "A can for a policeman": "Pepsi showed a model at a protest in April 2017. The film was mocked, and"
    " the company pulled it after a day.",
    "Flight 3411": "Officers dragged a passenger off an overbooked flight in April 2017; others filmed"
    " it. The airline's chief executive apologised only in his third statement.",
    "Bottle label": "In April 2015 a label on Bud Light bottles was called tasteless by customers. The"
    " brewer stopped printing it and regretted the wording.",
    "A contest with few entries": "A tourism board hoped for 10,000 photos in its contest of 2014 and"
    " received 140. It closed early.",
    "Free grilled chicken": "KFC gave coupons away in May 2009. Restaurants ran out on the second day,"
    " and customers got a rain check.",
    "Bereavement fare": "Air Canada's chatbot promised a refund that did not exist. A tribunal held the"
    " airline to it in February 2024.",
}


def test_every_rule_is_whole(config: Config) -> None:
    assert len({r.id for r in config.rules}) == len(config.rules) > 50
    for rule in config.rules:
        assert len(rule.match_examples) >= 2, rule.id
        assert len(rule.no_match_examples) >= 2, rule.id
        assert len(rule.title) > 8, rule.id
        assert rule.severity in Severity, rule.id


def test_every_example_behaves(rule_set: RuleSet) -> None:
    by_id = {r.source.id: r.source for r in rule_set.rules}
    for rule in by_id.values():
        for text in rule.match_examples:
            found = judge(rule_set, example_post(text, rule.languages))
            assert rule.id in {m.rule for m in found.matches}, text
        for text in rule.no_match_examples:
            found = judge(rule_set, example_post(text, rule.languages))
            assert rule.id not in {m.rule for m in found.matches}, text


def test_every_term_list_is_used(config: Config) -> None:
    queries = " ".join(r.query for r in config.rules)
    unused = {t.name for t in config.terms if not re.search(rf"\${t.name}\b", queries)}
    assert unused == set()


@pytest.mark.parametrize(("rule", "headline"), FAMILIES.values(), ids=FAMILIES)
def test_each_kind_of_failure_is_flagged(rule_set: RuleSet, rule: str, headline: str) -> None:
    found = verdict(rule_set, headline)
    assert found.flagged
    assert rule in {m.rule for m in found.matches}


@pytest.mark.parametrize(("language", "case"), IN_LANGUAGES.items(), ids=IN_LANGUAGES)
def test_other_languages_have_their_pack(
    rule_set: RuleSet, language: str, case: tuple[str, str]
) -> None:
    rule, headline = case
    found = verdict(rule_set, headline, language=language)
    assert found.flagged
    assert rule in {m.rule for m in found.matches}
    assert rule not in {m.rule for m in verdict(rule_set, headline, language="en").matches}


@pytest.mark.parametrize("headline", LOOKALIKES)
def test_what_merely_sounds_alike_is_left_alone(rule_set: RuleSet, headline: str) -> None:
    assert not verdict(rule_set, headline).flagged


@pytest.mark.parametrize(("title", "text"), RETOLD.items(), ids=RETOLD)
def test_a_known_case_retold_is_flagged(rule_set: RuleSet, title: str, text: str) -> None:
    assert verdict(rule_set, title, text).flagged


def test_every_case_of_the_casebook_is_flagged(rule_set: RuleSet) -> None:
    atom = (ROOT / "monitor/lessons/casebook_data/casebook.atom").read_bytes()
    parsed = parse(atom, content_type="application/atom+xml", url="", language="en")
    assert isinstance(parsed, ParsedFeed)
    assert len(parsed.posts) > 40
    assert [p.title for p in parsed.posts if not judge(rule_set, p).flagged] == []


def test_a_hashtag_of_joined_words_does_not_read_as_politics(rule_set: RuleSet) -> None:
    """`#McDStories` ends in the letters of a party."""
    found = verdict(rule_set, "Burger chain's #McDStories hashtag hijacked by angry customers")
    assert "hashtag-hijack" in {m.rule for m in found.matches}


def test_evidence_flags_only_together(rule_set: RuleSet) -> None:
    weak = [r for r in rule_set.rules if r.source.weight < THRESHOLD]
    assert len({r.family for r in weak}) > 4
    alone = verdict(rule_set, "The supermarket was accused of hiding the price")
    assert [m.rule for m in alone.matches] == ["hint-outcry"]
    assert not alone.flagged
    together = verdict(
        rule_set, "The supermarket was accused of hiding the price, and a photo of the shop went viral"
    )  # fmt: skip
    assert together.flagged
    assert all(m.weight < THRESHOLD for m in together.matches)


def test_about_eighty_feeds_each_with_a_category_and_a_language(config: Config) -> None:
    assert 75 <= len(config.feeds) <= 90
    assert len({f.url for f in config.feeds}) == len(config.feeds)
    assert {f.category for f in config.feeds} == CATEGORIES
    for feed in config.feeds:
        assert feed.title, feed.url
        assert re.fullmatch("[a-z]{2}", feed.language), feed.url


# Addresses that a public list of 2026 says it fetched.
CONFIRMED = {
    "PR Daily", "PRovoke Media, latest", "Adweek", "Marketing Dive", "Digiday", "AdExchanger",
    "Marketing Brew", "Chief Marketer", "Brandingmag", "Branding in Asia", "Retail Dive",
    "Social Media Today", "Hootsuite blog", "Sprout Social Insights", "Buffer", "Convince & Convert",
    "Influencer Marketing Hub", "Tubefilter", "Wadds", "Branding Strategy Insider", "Fast Company",
    "Business of Fashion",
}  # fmt: skip


def test_an_unconfirmed_address_says_so(config: Config) -> None:
    lines = (ROOT / "feeds.yaml").read_text(encoding="utf-8").splitlines()
    said = {
        line.removeprefix("  - url: "): lines[number - 1].strip()
        for number, line in enumerate(lines)
        if line.startswith("  - url: ")
    }
    for feed in config.feeds:
        is_marked = said[feed.url].startswith("#") and "not confirmed" in said[feed.url]
        assert is_marked == (feed.title not in CONFIRMED), feed.title


def test_feeds_that_turn_readers_away_are_switched_off(config: Config) -> None:
    off = {f.title for f in config.feeds if not f.enabled}
    assert {"Marketing Week", "Campaign US", "PRWeek UK blogs"} <= off
