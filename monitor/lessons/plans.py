"""Hard questions for a plan, by what it is. Pure."""

from __future__ import annotations

KINDS = {
    "campaign": "a campaign or advert",
    "launch": "a launch, change or price",
    "hashtag": "a hashtag, contest or call to join in",
    "reply": "a reply or apology",
    "other": "something else",
}

HAPPENED = {
    "no": "It went as planned",
    "partly": "Part of it happened",
    "yes": "It happened",
}

_ALL = (
    "Who will be angry, and are they right?",
    "What does it look like to somebody who sees only the picture, or only the first five words?",
    "What is in the news on that day, and who looks again in the morning?",
    "Who may stop it at eleven at night, and do they know how?",
)

_BY_KIND = {
    "campaign": (
        "Who outside the team has seen it, and did one of them say no?",
        "Whom is the joke on, and could they leave the room?",
        "What have we done ourselves that makes it sound false?",
    ),
    "launch": (
        "What exactly do we promise, and who has to keep it on the first day?",
        "What do those lose who liked it as it was?",
        "What do we do if ten times as many come, or a tenth?",
    ),
    "hashtag": (
        "How will people who dislike us use it?",
        "What else does it spell, in every language and without capitals?",
        "Who reads what comes in, and what is shown unread?",
    ),
    "reply": (
        "Does it say what we did, without “if” and “but”?",
        "Does it name whom it hurt before it names us?",
        "What do we do besides saying it, and by when?",
    ),
    "other": ("What is the worst headline, and is it true?",),
}


def questions(kind: str) -> tuple[str, ...]:
    """Hard questions for a kind of plan, its own first."""
    return (*_BY_KIND.get(kind, ()), *_ALL)
