"""The vocabulary: synonyms, tags made one, and taken back."""

from tests.web.conftest import House


def test_tags_are_merged_given_synonyms_and_brought_back(busy: House) -> None:
    busy.post("/-/incidents/3/do/tag", "triager", tag="soapy")
    done = busy.post("/-/tags/merge", "editor", tag="soapy", into="backlash")
    page = busy.ask(done.headers["location"], role="editor").text
    assert "merged the tag soapy into backlash" in page
    assert 'value="soapy"' in page
    busy.post("/-/incidents/4/do/tag", "triager", tag="Soapy")
    assert "<li>backlash" in busy.ask("/-/incidents/4", role="viewer").text
    refused = busy.post("/-/tags/synonyms", "editor", tag="backlash", synonyms="a,b,backlash")
    assert refused.status_code == 422


def test_a_refused_merge_says_why_and_keeps_what_was_typed(busy: House) -> None:
    busy.post("/-/incidents/3/do/tag", "triager", tag="<i>soapy</i>")
    itself = busy.post("/-/tags/merge", "editor", tag="backlash", into="Backlash")
    assert itself.status_code == 422
    assert "cannot be merged into itself" in itself.text
    assert 'size="12" value="Backlash"' in itself.text
    assert itself.text.count('value="Backlash"') == 1
    assert "&lt;i&gt;soapy&lt;/i&gt;" in itself.text
    gone = busy.post("/-/tags/merge", "editor", tag="never", into="backlash")
    assert gone.status_code == 422
    assert "There is no tag never." in gone.text


def test_refused_synonyms_keep_what_was_typed_and_change_nothing(busy: House) -> None:
    busy.post("/-/incidents/3/do/tag", "triager", tag="soapy")
    refused = busy.post("/-/tags/synonyms", "editor", tag="backlash", synonyms='uproar, soapy, "x"')
    assert refused.status_code == 422
    assert "soapy is a tag itself: merge it into backlash instead." in refused.text
    assert 'value="uproar, soapy, &#34;x&#34;"' in refused.text
    assert "uproar" not in busy.ask("/-/tags", role="editor").text


def test_a_synonym_becomes_its_tag_and_can_be_taken_back(busy: House) -> None:
    done = busy.post("/-/tags/synonyms", "editor", tag="backlash", synonyms="uproar, Outrage")
    page = busy.ask(done.headers["location"], role="editor").text
    assert "said which words mean backlash" in page
    assert 'value="Outrage, uproar"' in page
    busy.post("/-/incidents/4/do/tag", "triager", tag="OUTRAGE")
    assert "<li>backlash" in busy.ask("/-/incidents/4", role="viewer").text
    change = page.partition('name="change" value="')[2].partition('"')[0]
    assert busy.post("/-/tags/undo", "editor", change=change).status_code == 303
    assert "Outrage" not in busy.ask("/-/tags", role="editor").text
    again = busy.post("/-/tags/undo", "editor", change=change)
    assert again.status_code in {409, 422}
    assert "<title>Tags" in again.text


def test_who_may_not_write_reads_the_words_without_forms(busy: House) -> None:
    busy.post("/-/tags/synonyms", "editor", tag="backlash", synonyms="uproar")
    for role in ("viewer", "triager"):
        page = busy.ask("/-/tags", role=role).text.partition("<main")[2]
        assert "also uproar" in page
        assert "<form" not in page
