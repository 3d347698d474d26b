"""`failwatch incidents start | title | response | …`: what an incident is, and what became of it."""

from __future__ import annotations

import click

from monitor import app
from monitor.cli.incidents_change import perform, say, version
from monitor.cli.shared import Context, actor, as_json, emit
from monitor.flow import pick
from monitor.store import duties, organisations, responses
from monitor.store.db import transaction


@click.command()
@click.argument("post", type=int)
@as_json
@click.pass_obj
def start(context: Context, post: int, *, as_json: bool) -> None:
    """Make an incident of a stored POST that tells of none yet.

    Example: failwatch incidents start 4711
    """
    with context.stores() as (main, _), transaction(main):
        number = pick.start(main, post, actor=actor(context), now=app.now())
    emit(
        {"incident": number, "post": post},
        as_json=as_json,
        human=lambda: f"Post {post} is incident {number} now.",
    )


@click.command()
@click.argument("number", type=int)
@click.argument("text")
@version
@as_json
@click.pass_obj
def title(context: Context, number: int, text: str, *, version: int | None, as_json: bool) -> None:
    """Give an incident another title.

    Example: failwatch incidents title 1 "Acme mocks its own customers"
    """
    found = perform(context, number, "title", title=text, version=version)
    say(found, f"Incident {number} has its title.", as_json=as_json)


@click.command()
@click.argument("number", type=int)
@click.argument("grade", type=click.IntRange(1, 4))
@version
@as_json
@click.pass_obj
def severity(
    context: Context, number: int, grade: int, *, version: int | None, as_json: bool
) -> None:
    """Say how grave it is: 1 shortfall, 2 misstep, 3 backlash, 4 crisis. Rules no longer change it.

    Example: failwatch incidents severity 1 3
    """
    found = perform(context, number, "severity", severity=grade, version=version)
    say(found, f"Incident {number} is of severity {grade}.", as_json=as_json)


@click.command()
@click.argument("number", type=int)
@click.argument("name", default="")
@version
@as_json
@click.pass_obj
def organisation(
    context: Context, number: int, name: str, *, version: int | None, as_json: bool
) -> None:
    """Say who failed; without a name, take that back.

    Example: failwatch incidents organisation 1 "Acme Air"
    """
    found = perform(context, number, "organisation", organisation=name, version=version)
    say(found, f"Incident {number} is {name or 'nobody'}'s failure.", as_json=as_json)


@click.command()
@click.argument("number", type=int)
@click.argument("post", type=int)
@as_json
@click.pass_obj
def link(context: Context, number: int, post: int, *, as_json: bool) -> None:
    """Let a stored POST tell of an incident, whatever else it tells of.

    Example: failwatch incidents link 1 4711
    """
    found = perform(context, number, "link", post=post)
    say(found, f"Post {post} tells of incident {number}.", as_json=as_json)


@click.command()
@click.argument("number", type=int)
@click.argument("post", type=int)
@version
@as_json
@click.pass_obj
def unlink(context: Context, number: int, post: int, *, version: int | None, as_json: bool) -> None:
    """Take a POST out of an incident.

    Example: failwatch incidents unlink 1 4711
    """
    found = perform(context, number, "unlink", post=post, version=version)
    say(found, f"Post {post} tells of incident {number} no longer.", as_json=as_json)


@click.command()
@click.argument("number", type=int)
@click.argument("kind", type=click.Choice(list(responses.TYPES)))
@click.argument("text", default="")
@click.option("--on", "said_on", default="", help="When: 2026-03-05, or 2026-03-05 14:30 in UTC.")
@click.option("--url", default="", help="Where it was said.")
@click.option("--outcome", default="", help="What followed.")
@click.option("--replace", type=int, default=None, help="Put the response of this number right.")
@as_json
@click.pass_obj
def response(
    context: Context,
    number: int,
    kind: str,
    text: str,
    *,
    said_on: str,
    url: str,
    outcome: str,
    replace: int | None,
    as_json: bool,
) -> None:
    """Write down what the organisation said: its KIND, and TEXT, in their words.

    Example: failwatch incidents response 1 rebuild "We are sorry." --on 2026-03-05
    """
    found = perform(
        context, number, "response", type=kind, text=text, said_on=said_on, url=url,
        outcome=outcome, response=replace,
    )  # fmt: skip
    say(found, f"Response {found['response']} stands on incident {number}.", as_json=as_json)


@click.command()
@click.argument("number", type=int)
@click.argument("response", type=int)
@as_json
@click.pass_obj
def unresponse(context: Context, number: int, response: int, *, as_json: bool) -> None:
    """Take a RESPONSE away; `incidents show --json` has its number.

    Example: failwatch incidents unresponse 1 1
    """
    found = perform(context, number, "unresponse", response=response)
    say(found, f"Response {response} is gone from incident {number}.", as_json=as_json)


@click.command()
@click.argument("number", type=int)
@click.argument("days", type=click.Choice([str(d) for d in duties.REVISITS]))
@click.argument("outcome", type=click.Choice(list(duties.OUTCOMES)))
@click.option("--text", default="", help="What followed, in your words.")
@as_json
@click.pass_obj
def revisit(
    context: Context, number: int, days: str, outcome: str, *, text: str, as_json: bool
) -> None:
    """Say what followed, DAYS after it was found relevant.

    Example: failwatch incidents revisit 1 7 calmer
    """
    found = perform(context, number, "revisit", days=int(days), outcome=outcome, text=text)
    said = f"After {days} days, incident {number}: {duties.OUTCOMES[outcome]}."
    say(found, said, as_json=as_json)


@click.command()
@click.argument("number", type=int)
@click.argument("answer", type=click.Choice(["relevant", "dismissed"]))
@click.option("--reason", default="", help="Why, in a few words.")
@as_json
@click.pass_obj
def second(context: Context, number: int, answer: str, *, reason: str, as_json: bool) -> None:
    """Answer as second reader, without having seen how the first decided.

    Example: failwatch incidents second 12 relevant
    """
    found = perform(context, number, "second", answer=answer, reason=reason)
    say(found, f"You read incident {number} as {answer}.", as_json=as_json)


@click.command()
@click.argument("number", type=int)
@click.argument("post", type=int)
@click.argument("of", type=int)
@click.argument("answer", type=click.Choice(["yes", "no"]))
@as_json
@click.pass_obj
def same(context: Context, number: int, *, post: int, of: int, answer: str, as_json: bool) -> None:
    """Answer whether POST tells of the incident OF, as the page of incident NUMBER asks.

    Example: failwatch incidents same 1 4 1 yes
    """
    found = perform(context, number, "same", post=post, of=of, answer=answer)
    said = f"Post {post} tells of {'' if answer == 'yes' else 'something else than '}incident {of}."
    say(found, said, as_json=as_json)


@click.command()
@click.argument("number", type=int)
@click.argument("name")
@click.argument("role", type=click.Choice(organisations.ROLES))
@version
@as_json
@click.pass_obj
def part(
    context: Context, number: int, name: str, role: str, *, version: int | None, as_json: bool
) -> None:
    """Say what part the organisation NAME had: it failed, was hurt, amplified it, or responded.

    Example: failwatch incidents part 1 "Acme Foods" failed
    """
    found = perform(context, number, "part", organisation=name, role=role, version=version)
    say(found, f"{name} {organisations.WORDS[role]}.", as_json=as_json)


@click.command()
@click.argument("number", type=int)
@click.argument("name")
@version
@as_json
@click.pass_obj
def unpart(context: Context, number: int, name: str, *, version: int | None, as_json: bool) -> None:
    """Say that the organisation NAME had no part in it; it is not proposed again.

    Example: failwatch incidents unpart 1 "Acme Foods"
    """
    found = perform(context, number, "unpart", organisation=name, version=version)
    say(found, f"{name} had no part in it.", as_json=as_json)


COMMANDS = (
    same, part, unpart, start, title, severity, organisation, link, unlink, response, unresponse, revisit, second,
)  # fmt: skip
