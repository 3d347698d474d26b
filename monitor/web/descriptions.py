"""What every table and column means, for Datasette's pages; a test finds what is missing here."""

from __future__ import annotations

from typing import Any

from monitor.web.descriptions_lessons import LESSONS

TABLES: dict[str, tuple[str, dict[str, str]]] = LESSONS | {
    "feeds": ("A blog or news feed that is polled, with its health.", {
        "url": "Address as feeds.yaml has it.", "fetch_url": "Address polled now; differs after a permanent move.",
        "title": "Name.", "language": "Two letters, if known.", "category": "Kind of feed, such as trade or news.",
        "tags": "Words to filter by.", "every_seconds": "Fixed gap between polls; empty if it is learnt.",
        "full_text": "1 if the pages of its teasers are read.",
        "state": "active, disabled, gone (its publisher ended it), removed (left feeds.yaml) or shipped (the casebook).",
        "etag": "What the server wants back with the next request.", "last_modified": "Likewise, a date.",
        "body_hash": "Hash of the last body, so that the same bytes are not read twice.",
        "next_poll_at": "When it is polled next.", "next_poll_why": "Why then.",
        "lease_until": "A poll is under way until then.", "failures": "Failed polls in a row.",
        "posts_rate": "Learnt posts a day.", "last_polled_at": "Last poll.", "last_success_at": "Last poll that worked.",
        "last_outcome": "What the last poll came to.", "last_error": "What went wrong last.",
        "malformed": "Why a strict reader would refuse it.", "created_at": "When it was added."}),
    "polls": ("One visit to a feed.", {
        "feed_id": "The feed.", "polled_at": "When.", "outcome": "new, unchanged, moved, gone or failed.",
        "status": "HTTP status; empty if no answer came.", "bytes": "Size of the answer.", "ms": "Time it took.",
        "entries": "Entries in the feed.", "new_posts": "Posts not seen before.",
        "pages": "Pages to be read for new posts that are teasers only.",
        "pages_left": "Pages of older new posts that are left.",
        "malformed": "Why a strict reader would refuse it.", "error": "What went wrong, in words."}),
    "posts": ("A blog post or news article, flagged or not.", {
        "feed_id": "Where it was seen.", "guid": "Its identity within the feed.", "url": "Address.",
        "canonical_url": "Address without tracking and mobile forms.", "title": "Title.",
        "title_key": "Folded words of the title; near-equal titles meet here.", "author": "Author.",
        "summary": "Teaser, as plain text.", "text": "Longest text that the feed gave, or that of the page; plain text.",
        "text_from": "feed, or page if the text was read from the post's page.",
        "language": "Two letters, if known.", "published_at": "When it was published, as the feed says.",
        "seen_at": "When Failwatch first saw it.", "content_hash": "Changes when its publisher changes the text.",
        "score": "What its rules add up to, 0 to 1.", "flagged": "1 if the score reaches 0.5.",
        "copy_of": "The first of the copies that it is one of; empty if it is that, or has none."}),
    "sketches": ("Which runs of words flagged posts hold: what copies are found by.", {
        "hash": "Checksum of four words in a row.", "post_id": "The post."}),
    "suggestions": ("Same incident? What people are asked.", {
        "post_id": "The post.", "incident_id": "The incident that it may tell of.", "likeness": "0 to 1.",
        "why": "What both share.", "made_at": "When it was asked.", "answer": "yes, no or empty.",
        "answered_by": "Who answered.", "answered_at": "When.", "change_id": "The change that the answer made."}),
    "organisation_names": ("The gazetteer: every way to write every organisation.", {
        "first": "Its first word, folded.", "words": "All its words, folded.", "organisation_id": "The organisation."}),
    "organisations": ("An organisation that incidents name.", {
        "name": "Name.", "aliases": "Other ways to write it.",
        "is_confirmed": "1 once a person has confirmed it for an incident.", "created_at": "When it was first met."}),
    "incident_organisations": ("An organisation's part in an incident.", {
        "incident_id": "The incident.", "organisation_id": "The organisation.",
        "state": "proposed (by Failwatch), confirmed or rejected.",
        "role": "failed, hurt, amplified or responded; empty if nobody has said.", "why": "What it was proposed by.",
        "decided_by": "Who confirmed or rejected it.", "decided_at": "When."}),
    "incident_traits": ("What an incident is known by, reckoned from its posts.", {
        "incident_id": "The incident.", "terms": "Words of its posts, with their weights.", "keys": "Names and hashtags.", "extent": "The length of its words, of that of new ones."}),
    "incident_keys": ("Names and hashtags of incidents, to find them by.", {
        "key": "Folded.", "incident_id": "The incident."}),
    "incident_terms": ("How common a word is among incidents.", {
        "term": "Folded.", "incidents": "In how many it stands."}),
    "incident_stale": ("Incidents whose posts changed since they were read.", {"incident_id": "The incident."}),
    "pages": ("The page of a post whose feed gives a teaser only.", {
        "post_id": "The post.", "host": "Site that it lies on.",
        "state": "wanted, read, nothing (it holds no more text, or another), refused (not asked again), failed (given up"
        " after three tries) or left (not asked for).",
        "why": "listed (the feed has full_text in feeds.yaml) or matched (a rule matched the teaser).",
        "is_backlog": "1 if the post came with the feed's first poll, which sends no mail.",
        "wanted_at": "Since when it is wanted.", "next_try_at": "When it may be tried.",
        "lease_until": "Somebody is reading it until then.", "tries": "How often reading it was begun.",
        "tried_at": "Last try.", "status": "HTTP status; empty if no answer came.",
        "outcome": "What went wrong, in words."}),
    "post_versions": ("What a post said before its publisher changed it.", {
        "post_id": "The post.", "replaced_at": "When the change was seen.", "title": "Former title.",
        "text": "Former text.", "content_hash": "Hash of both."}),
    "rules": ("A version of a rule; every meaning a rule ever had has a row.", {
        "rule": "The rule's id.", "version": "Hash of what it means.", "title": "What it finds.",
        "family": "Rules of one family count once.", "severity": "1 shortfall, 2 misstep, 3 backlash, 4 crisis.",
        "weight": "How likely a match is a real failure.", "tags": "Tags it gives.", "query": "The query.",
        "pack": "File it stands in.", "is_live": "1 if in force.", "first_live_at": "Since when.",
        "languages": "Only posts in these languages; empty means all.", "lists": "The term lists it used: name and version.",
        "retired_at": "When it was last replaced or taken out; empty while it is in force."}),
    "term_lists": ("A version of a term list that a rule used.", {
        "version": "Hash of its terms.", "name": "As rules write it, behind $.", "terms": "Its terms.", "first_seen_at": "Since when."}),
    "matches": ("A rule that hit a post.", {
        "post_id": "The post.", "rule_id": "The version of the rule.", "weight": "Its weight then.",
        "spans": "Where: field, first and last character."}),
    "incidents": ("One failure of one organisation, told by one or more posts.", {
        "title": "Title of its first post.", "organisation": "Who failed, if known.",
        "status": "new, watching, relevant or dismissed.", "reason": "Why it was dismissed.",
        "severity": "1 shortfall, 2 misstep, 3 backlash, 4 crisis.", "score": "Highest score of its posts.",
        "posts": "How many posts.", "sources": "How many different sites.", "first_post_at": "First post.",
        "last_post_at": "Latest post.", "created_at": "When Failwatch made it.", "decided_at": "Last decision.",
        "decided_by": "Who decided.", "casebook_id": "Set on cases that come with Failwatch.",
        "reopened_at": "When a post came after two silent weeks; empty if none did.",
        "version": "Raised by every decision, so that nobody overwrites another's.",
        "rank": "Its place in the queue, higher first.", "rank_due_at": "When its place is reckoned anew; empty: at once.",
        "is_drawn": "1 if chance put it where it stands, so that what the order misses is seen.",
        "developing": "1: three independent sources told of it within 6 hours; 2: five within 24 hours.",
        "developing_at": "When that was reached.",
        "looked_back_at": "When stored posts were searched for others on it.",
        "merged_into": "The incident that it was merged into; its number leads there.",
        "severity_by": "Who said how grave it is; empty if the rules did.",
        "owner": "Who sees to it.", "due_on": "By which day.", "handover": "What the owner should know.",
        "snoozed_until": "Left out of the queue until then."}),
    "ranks": ("How an incident comes to its place in the queue.", {
        "incident_id": "The incident.", "parts": "The factors: name, factor, reason.",
        "value": "Their product; an incident that was drawn stands elsewhere.", "ranked_at": "When."}),
    "evidence": ("People's decisions, as the order of the queue is learnt from them.", {
        "incident_id": "The incident.", "is_relevant": "1 if it was found relevant, 0 if dismissed.",
        "tokens": "Words, rules, feed and host of its first post.", "base": "Its rank without what was learnt.",
        "was_drawn": "1 if chance had put it where it stood.", "decided_at": "When it was decided."}),
    "preference_words": ("Words that people told to count more or less in the queue.", {
        "word": "A word, or rule:, feed:, host: with a name.", "said": "more, less or never mind.",
        "set_by": "By whom.", "set_at": "When."}),
    "incident_posts": ("Which post tells of which incident.", {
        "incident_id": "The incident.", "post_id": "The post.", "linked_by": "Who said so.", "why": "Why.",
        "linked_at": "When.",
        "is_known": "1 if no rule flags the post: it tells of the incident, which was known already."}),
    "tags": ("The team's vocabulary.", {"name": "The word.", "description": "What it means.",
        "kind": "What it speaks of: sector or channel; empty: what went wrong."}),
    "incident_tags": ("Tags on incidents.", {
        "incident_id": "The incident.", "tag_id": "The tag.", "tagged_by": "rules, casebook, or a person."}),
    "notes": ("Remarks on incidents.", {
        "incident_id": "The incident.", "author": "Who wrote it.", "text": "The remark.", "created_at": "When."}),
    "responses": ("What the failing organisation said.", {
        "incident_id": "The incident.", "said_on": "Date.", "text": "What was said, in short.",
        "type": "deny, diminish, rebuild, bolster or silence.", "outcome": "What followed.",
        "url": "Where it was said.", "added_by": "Who wrote it down; empty on cases that come with Failwatch."}),
    "cases": ("What the casebook knows of its cases; a later release writes it anew.", {
        "kind": "crisis, misstep, shortfall, near_miss or good_recovery.", "sector": "Sector.", "channel": "Channel.",
        "country": "Two letters: where it happened.", "happened_on": "Date; the first day where only month or year are known.",
        "date_precision": "day, month or year.", "expected": "What was hoped for, and by how much it was missed.",
        "alleged": "What was claimed and is not established.", "print": "Hash of the case as it was written down."}),
    "case_sources": ("Where a case of the casebook was found.", {
        "case_id": "The case.", "place": "1 is the first.", "publisher": "Who published it.", "title": "Title, in short.",
        "url": "Address.", "published_on": "Date; empty where the page gives none."}),
    "case_principles": ("Short sentences that cases of the casebook point to.", {"text": "The sentence."}),
    "case_teaches": ("Which principles a case stands for.", {"case_id": "The case.", "principle_id": "The principle."}),
    "lesson_incidents": ("Which incidents a lesson rests on.", {
        "lesson_id": "The lesson.", "incident_id": "The incident."}),
    "exports": ("Wiki pages that Failwatch wrote.", {
        "wiki": "The wiki's name in failwatch.yaml.", "key": "Which page: lesson-17, index, sector-4.",
        "lesson_id": "The lesson, if it is one's page.", "title": "The name that we last gave it.",
        "page": "Title or path, as the wiki has it.", "url": "Where people read it.",
        "page_id": "What stays when the page is renamed.", "revision": "Revision that we wrote.",
        "intent_hash": "Hash of what we are about to write.", "stored_hash": "Hash of what the wiki keeps of it.",
        "stored": "Our part as the wiki keeps it.", "people": "What people wrote on the page, as last seen.",
        "state": "wanted, written, withdrawn, drift (people changed our part), detached, gone, blocked, conflict, left or failed.",
        "reason": "Why it was left alone, or what went wrong.", "diff": "For drift: what people changed.",
        "wish": "overwrite or leave, if somebody decided.", "exported_at": "When."}),
    "export_runs": ("Every export that was made, one row a wiki.", {
        "wiki": "The wiki's name in failwatch.yaml.", "started_at": "When it began.",
        "ended_at": "When it ended; empty if it is under way or was killed.",
        "asked_by": "A person, a shell, or the schedule.", "written": "Pages written.",
        "unchanged": "Pages that needed nothing.", "left_alone": "Pages left to people.",
        "failed": "Pages that failed.", "error": "What went wrong first."}),
    "export_wishes": ("Lessons that somebody wants on the wikis now.", {
        "lesson_id": "The lesson.", "asked_by": "Who asked.", "asked_at": "When."}),
    "digests": ("The weekly digests that were made.", {
        "week": "The week of the day it was due, as in 2026-W47.", "since": "Tells of what came from then on.",
        "until": "And before then.", "content": "What it says, as JSON.", "made_at": "When."}),
    "alerts": ("The outbox: one mail a subscriber and incident or digest. Addresses are not here.", {
        "kind": "incident, developing, widespread (its levels of spread), digest or reminder.", "incident_id": "What it tells of.", "digest_id": "The digest that it is.", "reminder_id": "The reminder that it is.", "subscriber_id": "Number of the subscriber.",
        "message_id": "The mail's Message-ID, the same at every attempt.",
        "state": "queued, claimed, sending, sent, retry, refused, in_doubt or expired.",
        "why": "Why this subscriber is told.", "attempts": "How often it was tried.",
        "next_attempt_at": "When it is tried next.", "lease_until": "Somebody is sending it until then.",
        "was_in_doubt": "1 if it may have been delivered twice.", "reply": "The mail server's last words.",
        "created_at": "When it was decided.", "sent_at": "When the server confirmed."}),
    "audit": ("Every change, append-only.", {
        "at": "When.", "actor": "Who.", "action": "What was done.", "item": "To what.",
        "before": "What changed, before.", "after": "And after."}),
    "queue_views": ("Views of the queue that people keep.", {
        "name": "What its owner calls it.", "query": "Its filters, as in the address.",
        "owner": "Whose it is.", "is_shared": "1 if all see it.", "created_at": "Since when."}),
    "rule_decisions": ("The precision ledger: what a decision on an incident says of a rule that flagged it.", {
        "rule_id": "The version of the rule.", "incident_id": "The incident.",
        "is_hit": "1 if it was found relevant, 0 if it was dismissed for a reason that speaks against the rules.",
        "weight": "The rule's weight then.", "decided_at": "When it was decided."}),
    "recall_weeks": ("A week whose unflagged posts were sampled, to learn what the rules miss.", {
        "week": "The ISO week.", "starts_at": "Its first moment.", "ends_at": "The first moment after it.",
        "drawn_at": "When the sample was drawn.", "population": "How many unflagged posts there were to draw from."}),
    "recall_posts": ("An unflagged post that was drawn by chance, and what a person said of it.", {
        "week": "The week whose posts it was drawn from.", "post_id": "The post.",
        "answer": "relevant, not, or cannot tell; empty while nobody has looked.", "answered_at": "When.",
        "answered_by": "Who.", "incident_id": "The incident that a relevant post started or joined.",
        "version": "Raised by every answer, so that nobody overwrites another's."}),
    "changes": ("What people changed in incidents; each can be undone for a day.", {
        "what": "What was done, such as incident.merge.", "incident_id": "The incident; empty for a change of the vocabulary.",
        "audit_id": "Its row in the audit log.", "words": "What was done, in words.",
        "before": "The rows it touched, as they were.", "after": "And as they became.",
        "actor": "Who.", "at": "When.", "undone_at": "When it was taken back.", "undone_by": "By whom."}),
    "overrules": ("Where people put posts, to learn grouping from.", {
        "kind": "join: the post tells of the incident; apart: it does not.", "post_id": "The post.",
        "incident_id": "The incident.", "by": "Who said so.", "at": "When."}),
    "tag_synonyms": ("Other words for tags.", {"word": "The word.", "tag_id": "The tag that whoever types it gets."}),
    "mentions": ("Who is named in a note, as @name.", {
        "note_id": "The note.", "name": "The person.", "seen_at": "When they saw it; empty if not yet."}),
    "revisits": ("Another look at a relevant incident, some days later.", {
        "incident_id": "The incident.", "days": "So many days after the decision.", "due_at": "When.",
        "outcome": "over, calmer, same, worse or again (they failed again); empty while nobody has looked.",
        "text": "What followed.", "done_at": "When somebody looked.", "done_by": "Who."}),
    "second_readings": ("A decided incident that another person reads, to learn how far people agree.", {
        "incident_id": "The incident.", "first_status": "How it was decided first.", "first_by": "By whom.",
        "asked_at": "When it was drawn.", "answer": "relevant or dismissed; empty while nobody has read it.",
        "reason": "Why, in the second reader's words.", "answered_at": "When.", "answered_by": "Who."}),
    "health": ("What the processes say of themselves.", {
        "topic": "worker, config or mail.", "state": "ok or fault.", "message": "What is wrong.", "at": "When."}),
}  # fmt: skip

LABELS = {
    "feeds": "title", "posts": "title", "rules": "title", "incidents": "title", "tags": "name", "organisations": "name",
    "lessons": "title", "notes": "text", "changes": "words", "digests": "week", "audit": "action", "case_principles": "text",
    "actions": "text", "principles": "text", "trusted_keys": "name", "plans": "title",
}  # fmt: skip
"""What stands for a row where another points to it."""

FACETS = {
    "incidents": ["status", "severity", "developing"], "posts": ["flagged", "language"], "feeds": ["state", "category"],
    "polls": ["outcome"], "pages": ["state"], "alerts": ["state", "kind"], "audit": ["action"], "changes": ["what"],
    "rules": ["is_live", "severity", "pack"], "tags": ["kind"], "responses": ["type"], "lessons": ["stage"],
    "exports": ["state"], "recall_posts": ["answer"], "overrules": ["kind"], "revisits": ["outcome"],
    "second_readings": ["answer"], "suggestions": ["answer"], "organisations": ["is_confirmed"],
    "incident_organisations": ["state", "role"], "actions": ["state"], "cases": ["kind", "sector", "channel"], "preference_words": ["said"],
}  # fmt: skip

SORTS = {
    "incidents": "last_post_at",
    "posts": "seen_at",
    "polls": "polled_at",
    "audit": "id",
    "lessons": "updated_at",
}


def metadata(database: str) -> dict[str, Any]:
    """Datasette's metadata: titles, descriptions, labels, facets, orders."""
    tables: dict[str, Any] = {}
    for name, (description, columns) in TABLES.items():
        table: dict[str, Any] = {"description": description, "columns": columns}
        if name in LABELS:
            table["label_column"] = LABELS[name]
        if name in FACETS:
            table["facets"] = FACETS[name]
        if name in SORTS:
            table["sort_desc"] = SORTS[name]
        tables[name] = table
    tables["posts"] |= {"fts_table": "posts_fts", "fts_pk": "id"}
    return {
        "title": "Failwatch",
        "description": "Other organisations' social-media failures, and what we learn from them.",
        "databases": {database: {"description": "Posts, incidents and lessons.", "tables": tables}},
    }
