"""Copies: what is one, what is not, and that the order of their arrival is nothing to go by."""

from datetime import UTC, datetime, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from monitor.incidents.shelf import Shelf
from monitor.incidents.sketch import Print, Sketch, containment, folded, imprint, sketch, why_copy

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
WORDS = [
    "harbour",
    "lamp",
    "outcry",
    "copper",
    "window",
    "tariff",
    "meadow",
    "signal",
    "pillow",
    "garnet",
    "summit",
    "ribbon",
    "castle",
    "velvet",
    "orchid",
    "puzzle",
    "thunder",
    "basket",
    "kitchen",
    "lantern",
    "feather",
    "glacier",
    "marble",
    "pepper",
    "saddle",
    "turbine",
    "whistle",
    "cobalt",
    "dolphin",
    "ember",
    "falcon",
    "gravel",
    "hazel",
    "indigo",
    "jacket",
    "kernel",
    "ladder",
    "mantle",
]
FRAME = (
    "Sign up to our letter . All rights reserved by the publisher and its licensors in every land ."
)


def story(seed: int, length: int = 120) -> str:
    return " ".join(WORDS[(seed * 7 + n * n + n * seed) % len(WORDS)] for n in range(length))


def of(text: str, title: str = "", url: str = "", days: float = 0) -> Print:
    return imprint(title, text, url, NOON + timedelta(days=days))


def test_a_teaser_is_a_copy_of_its_full_text_and_says_how_much_is_shared() -> None:
    text = story(1)
    why = why_copy(of(text), of(" ".join(text.split()[:40])))
    assert why == "the same text (100% of the shorter)"


def test_a_wire_copy_with_another_headline_and_a_frame_is_a_copy() -> None:
    text = story(2)
    assert why_copy(of(text, "One headline of ours here"), of(f"{FRAME} {text} {FRAME}", "Another"))


def test_two_texts_with_the_same_frame_are_not_copies() -> None:
    assert not why_copy(of(f"{story(1)} {FRAME}"), of(f"{story(5)} {FRAME}"))


def test_short_texts_are_compared_by_title_on_the_same_day_alone() -> None:
    short, title = "Acme is sorry for it", "Acme is sorry for its parka advert"
    assert sketch(short) == Sketch()
    assert why_copy(of(short, title), of("", title, days=0.5))
    assert not why_copy(of(short, title), of("", title, days=3))
    assert not why_copy(of(short, "Sorry"), of(short, "Sorry"))


def test_the_same_title_over_other_words_is_a_column_not_a_copy() -> None:
    title = "What the papers say today"
    assert not why_copy(of(story(1), title), of(story(5), title))


def test_the_same_address_is_the_same_page_for_two_weeks() -> None:
    url = "https://a.example/1"
    assert why_copy(of("", url=url), of("", url=url, days=3)) == "the same address"
    assert not why_copy(of("", url=url), of("", url=url, days=30))
    assert not why_copy(of(""), of(""))


def test_texts_written_without_spaces_have_sketches_too() -> None:
    chinese = (
        "这家公司在社交媒体上发布了一条不恰当的消息引发网友强烈不满随后公司删除该消息并向公众道歉"
    )
    thai = "บริษัทได้ขออภัยต่อลูกค้าหลังจากโพสต์ข้อความที่ไม่เหมาะสมบนโซเชียลมีเดียและลบข้อความนั้นแล้ว"
    for text in (chinese, thai):
        assert containment(sketch(text), sketch(text[: len(text) * 2 // 3])) == 1
    assert not containment(sketch(chinese), sketch(thai))


def derived(text: str) -> list[tuple[str, str]]:
    """A text and its copies: shortened, framed, under another headline, with words changed."""
    words = text.split()
    changed = [word if place % 40 else "altered" for place, word in enumerate(words)]
    return [
        ("Acme sorry for harbour lamp", text),
        ("Harbour lamp: Acme apologises", " ".join(words[:60])),
        ("Outcry over Acme", f"{text} {FRAME}"),
        ("Acme in the dark", " ".join(changed)),
        ("Acme sorry for harbour lamp", ""),
    ]


@given(st.integers(1, 30), st.permutations(range(5)))
@settings(max_examples=80, deadline=None)
def test_the_order_in_which_copies_arrive_does_not_matter(seed: int, order: list[int]) -> None:
    copies = derived(story(seed, 150))
    shelf = Shelf()
    for place in order:
        shelf.put(*copies[place], f"https://{place}.example/", NOON)
    assert {shelf.of(place) for place in range(len(order))} == {(0,)}


@given(
    st.lists(st.tuples(st.integers(0, 9), st.integers(0, 9)), max_size=15),
    st.lists(st.integers(0, 3), min_size=10, max_size=10),
    st.randoms(),
)
def test_copies_fold_under_the_same_first_in_any_order(
    pairs: list[tuple[int, int]], days: list[int], chance: object
) -> None:
    prints = {
        number: Print(f"https://{number}.example/", "", Sketch(), NOON + timedelta(days=day))
        for number, day in enumerate(days)
    }
    mixed = list(pairs)
    chance.shuffle(mixed)  # type: ignore[attr-defined]
    mixed = [(b, a) for a, b in mixed]
    first = folded(prints, pairs)
    assert first == folded(prints, mixed)
    assert all(prints[f].published_at <= prints[n].published_at for n, f in first.items())
    assert all(first[f] == f for f in first.values())


def test_one_publishers_offer_under_titles_of_different_stories_makes_no_copies() -> None:
    offer = " ".join(f"offer{n}" for n in range(60))
    bank = imprint("River Bank cuts its dividend", offer, "https://paper.example/a", NOON)
    shop = imprint("Acme opens in Leeds", offer, "https://www.paper.example/b", NOON)
    assert why_copy(bank, shop) == ""
    elsewhere = imprint("Acme opens in Leeds", offer, "https://other.example/b", NOON)
    assert why_copy(bank, elsewhere).startswith("the same text")
    again = imprint("River Bank slashes its dividend", offer, "https://paper.example/c", NOON)
    assert why_copy(bank, again).startswith("the same text")
