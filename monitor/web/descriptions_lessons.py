"""What the tables around lessons mean; part of `descriptions`."""

from __future__ import annotations

LESSONS: dict[str, tuple[str, dict[str, str]]] = {
    "lessons": ("What we learn from incidents.", {
        "title": "Title.", "stage": "identified, agreed, assigned, changed or verified.",
        "what_happened": "What happened.", "why": "Why.", "avoid": "How to avoid it.",
        "recover": "How to recover once it has happened.", "here": "Could it happen here?",
        "change": "What we change.", "casebook_id": "Set on lessons that come with Failwatch.",
        "created_at": "First saved.", "updated_at": "Last saved.", "updated_by": "By whom.",
        "version": "Raised by every save.", "kind": "crisis, shortfall, misstep, near_miss or good_recovery; empty if not said.",
        "treatment": "How people treat it: laughed_at, not_corrected, ignored or too_big.",
        "risks": "What of it is tangible for us, as a JSON list.",
        "impact": "Impact by angle, with whom to involve, as JSON.", "expected": "What was expected.",
        "success": "By what it would have been a success.", "failure": "By what it would have been a failure.",
        "fell_short": "How it fell short.", "missed_by": "By how much.", "said": "What they said, beside the responses.",
        "followed": "What followed, beside the revisits.", "worked": "What worked.", "did_not": "What did not work.",
        "stop_if": "What would make us stop for good.", "again_if": "What must be different to try again.",
        "is_own": "1 if it is a failure of our own.", "happened_on": "When, if it is our own.",
        "seen_by": "The least role that reads it.", "agreed_by": "Who agreed.",
        "verify_on": "The day from which it can be verified.", "verified_on": "When somebody found that the change holds.",
        "verified_by": "Who.", "verified_how": "What they looked at.",
        "reopened_at": "When it was opened again.", "reopened_why": "Why.",
        "checked_at": "When it was last held against its posts.",
        "story_id": "Number of the story that it was made of, if somebody sent one."}),
    "lesson_facts": ("What happened, sentence by sentence, each with its source.", {
        "lesson_id": "The lesson.", "text": "The fact.", "is_alleged": "1 if it is said and not shown.",
        "post_id": "The post that says so.", "quote": "Its words.", "post_hash": "Of the post when it was quoted.",
        "source": "Another source.", "url": "Its address.", "added_by": "Who wrote it down.", "added_at": "When."}),
    "lesson_unfits": ("Incidents that looked like another case of a lesson, and are none.", {
        "lesson_id": "The lesson.", "incident_id": "The incident.", "said_by": "Who said so.", "said_at": "When."}),
    "plans": ("Plans that were held against past failures, and what came of them.", {
        "kind": "campaign, launch, hashtag, reply or other.", "title": "What is planned.", "text": "In a few lines.",
        "found": "What was found, as JSON.", "found_at": "When.", "look_back_on": "When to look back.",
        "happened": "no, partly or yes; empty while nobody has looked back.", "what": "What came of it.",
        "looked_back_by": "Who looked back.", "looked_back_at": "When.", "created_by": "Whose plan.", "created_at": "When."}),
    "profile": ("Who we are: what a failure of others is held against.", {
        "part": "channel, market, product, supplier, control or past.", "lines": "One thing a line.",
        "updated_by": "Who changed it last.", "updated_at": "When."}),
    "lesson_verdicts": ("What people said of whether a failure could happen here.", {
        "lesson_id": "The lesson.", "reckoned": "What Failwatch said.", "reasons": "Why, as JSON.",
        "verdict": "likely, possible, unlikely or open.", "text": "The person's reasons.", "said_by": "Who.", "said_at": "When."}),
    "actions": ("What lessons ask for.", {
        "lesson_id": "The lesson.", "text": "What is to be done.", "owner": "By whom.", "due_on": "By when.",
        "state": "open, done or dropped.", "evidence": "A link that shows it.", "note": "What was done, or why not.",
        "done_on": "When it was done.", "done_by": "Who said so.", "created_by": "Who asked for it.",
        "created_at": "When.", "version": "Raised by every change."}),
    "action_files": ("Files that show that an action was done.", {
        "action_id": "The action.", "name": "Its name.", "bytes": "Its content; empty once it was taken away.",
        "size": "Bytes.", "sha256": "Hash of its content.", "added_by": "Who added it.", "added_at": "When.",
        "removed_at": "When it was taken away."}),
    "principles": ("Short sentences that lessons point to.", {
        "text": "The principle.", "key": "Its words, folded.", "said_by": "Who said it first, and where.",
        "created_by": "Who wrote it down.", "created_at": "When.",
        "merged_into": "The principle that says the same and is kept."}),
    "lesson_principles": ("Which lesson teaches which principle.", {
        "lesson_id": "The lesson.", "principle_id": "The principle.", "is_counter": "1 if it speaks against it.",
        "note": "Why.", "linked_by": "Who said so."}),
    "reflections": ("Questions that several people answer each for themselves.", {
        "set_id": "The question set.", "title": "Its title then.", "about": "What it is about.", "lesson_id": "The lesson, if it is on one.", "plan_id": "The plan, if it is on one.",
        "questions": "The questions as they were when it began, as JSON.", "created_by": "Who began it.", "created_at": "When.",
        "closed_at": "When it was closed.", "closed_by": "By whom."}),
    "reflection_people": ("Who answers a reflection.", {
        "reflection_id": "The reflection.", "person": "Who.", "handed_in_at": "When they handed in; empty if they have not."}),
    "reflection_answers": ("Answers of reflections.", {
        "reflection_id": "The reflection.", "person": "Whose.", "question": "Which question; 0 is the first.", "text": "The answer."}),
    "drills": ("Incidents replayed up to a moment.", {
        "incident_id": "The incident.", "pause_at": "Up to when it is replayed.", "created_by": "Who began it.", "created_at": "When."}),
    "drill_moves": ("What each person would have done in a drill.", {
        "drill_id": "The drill.", "person": "Whose.", "type": "deny, diminish, rebuild, bolster or silence.", "text": "What they would say.",
        "moved_at": "When.", "checks": "What the move did well, by its own writer, as JSON.", "score": "How many of five; empty until scored.",
        "scored_at": "When it was scored."}),
    "drill_cards": ("When an incident comes back to a person.", {
        "person": "Who.", "incident_id": "The incident.", "repetitions": "Scores of three or more in a row.", "days": "Until it comes back.",
        "ease": "By how much the interval grows.", "score": "The last score.", "drilled_at": "When it was scored.", "due_on": "The day it comes back."}),
    "reminders": ("Reminders of actions: each mark once.", {
        "action_id": "The action.", "due_on": "The day it was due then.",
        "mark": "soon, due, or late with the number of weeks.", "made_at": "When."}),
    "disguises": ("Lessons told without names, as editors put them right.", {
        "lesson_id": "The lesson.", "texts": "The text of each box, as JSON.", "allowed": "Words that are no names, as JSON.",
        "of_lesson": "Hash of the lesson's texts then.", "version": "Raised by every change.", "written_by": "Who saved it.", "written_at": "When."}),
    "trusted_keys": ("Houses whose bundles are taken in.", {
        "fingerprint": "Of their key.", "name": "What the administrator calls them.", "trusted_by": "Who said so.", "trusted_at": "When.",
        "ended_by": "Who took it back.", "ended_at": "When; empty while it holds."}),
    "received_cases": ("Cases that other houses sent, each wording as it was signed.", {
        "key_id": "Whose key signed it.", "original": "The sender's mark of the case.", "revision": "Hash of this wording.",
        "title": "Its title.", "kind": "Its kind.", "content": "The case, as JSON.", "made_at": "When they signed it.",
        "bundle": "Hash of the file that brought it.", "received_by": "Who took it in.", "received_at": "When."}),
}  # fmt: skip
