"""`failwatch alerts …` and `failwatch subscribers …`."""

from __future__ import annotations

import sys
from dataclasses import asdict, replace
from email.message import EmailMessage

import click

from monitor import app
from monitor.alerts import digest as digest_mail
from monitor.cli.shared import Context, actor, as_json, emit, plural, table
from monitor.flow import deliver
from monitor.flow import digest as digests
from monitor.model import Severity, Subscriber
from monitor.store import audit, outbox
from monitor.store import subscribers as store
from monitor.store.db import Connection, transaction

SEVERITIES = [s.name.lower() for s in Severity]


@click.group()
def alerts() -> None:
    """Look at the mails that wait, and send them.

    Example: failwatch alerts preview
    """


@alerts.command()
@as_json
@click.pass_obj
def preview(context: Context, *, as_json: bool) -> None:
    """Show the mails that wait, as they would be sent; sends nothing.

    Example: failwatch alerts preview
    """
    settings = context.load().config.settings
    with context.stores() as (main, private), app.mailer(settings) as post:
        sender = app.sender(main, private, settings, post.send)
        made = [deliver.make(sender, message) for message in outbox.waiting(main)]
        counts = outbox.counts(main)
    mails = [
        {"problem": m} if isinstance(m, str)
        else {"to": m[1], "subject": str(m[0]["Subject"]), "text": _text(m)}
        for m in made
    ]  # fmt: skip
    emit(
        {"waiting": mails, "counts": counts},
        as_json=as_json,
        human=lambda: "\n\n".join(
            [
                *(
                    f"To: {m['to']}\nSubject: {m['subject']}\n\n{m['text']}"
                    if "to" in m
                    else m["problem"]
                    for m in mails
                ),
                f"{plural(len(mails), 'mail')} waiting. {_counted(counts)}",
            ]
        ),
    )


def _text(made: tuple[EmailMessage, str]) -> str:
    body = made[0].get_body(("plain",))
    return str(body.get_content()) if body else ""


def _counted(counts: dict[str, int]) -> str:
    return (
        ", ".join(f"{n} {state.replace('_', ' ')}" for state, n in counts.items() if n)
        or "No mail yet"
    )


@alerts.command()
@click.option(
    "--limit", type=click.IntRange(min=1), default=500, show_default=True, help="At most this many."
)
@as_json
@click.pass_obj
def send(context: Context, limit: int, *, as_json: bool) -> None:
    """Send the mails that wait now, those to be tried again later too.

    Example: failwatch alerts send
    """
    settings = context.load().config.settings
    if not settings.mail.host:
        raise click.ClickException(
            "failwatch.yaml names no mail server: set mail: host: (see docs/mail.md)."
        )
    done = app.deliver_now(context.data, settings, limit=limit, ignore_schedule=True)
    emit(
        asdict(done),
        as_json=as_json,
        human=lambda: (
            f"{done.sent} sent, {done.retried} to try again, {done.refused} refused, {done.in_doubt} in doubt."
        ),
    )
    if done.fault:
        raise click.ClickException(done.fault)
    if done.refused or done.in_doubt or done.retried:
        sys.exit(1)


@alerts.command()
@click.option("--to", "email", help="The subscriber whose mail is shown; left out, the first.")
@click.pass_obj
def digest(context: Context, email: str | None) -> None:
    """Show the weekly digest as it would be made now; sends and changes nothing.

    Example: failwatch alerts digest
    """
    loaded = context.load()
    with context.stores() as (main, private):
        people = store.list_all(private)
        chosen = [p for p in people if not email or p.email.casefold() == email.casefold()]
        if email and not chosen:
            raise click.UsageError(f"{email} is no subscriber. See `failwatch subscribers list`.")
        desk, now = app.desk(loaded, context.data, private), app.now()
        due = digest_mail.last_due(now, desk.settings)
        due = replace(digests.unbroken(main, due), until=now)
        told = digests.gather(main, desk.live, due, now=now)
        person = chosen[0] if chosen else Subscriber(0, "you@example.org")
        mail = digest_mail.compose(
            told, person, message_id=desk.message_id(0, person.id),
            settings=replace(loaded.config.settings.mail, from_address="failwatch@example.org"),
            public_url=loaded.config.settings.public_url, now=now,
        )  # fmt: skip
    wanting = sum(p.wants_digest and not p.is_paused for p in people)
    click.echo(f"Subject: {mail['Subject']}\n\n{_text((mail, person.email))}")
    click.echo(f"{plural(wanting, 'subscriber')} will get the next one.")


@click.group()
def subscribers() -> None:
    """Say who gets mail, and about what.

    Example: failwatch subscribers list
    """


@subscribers.command()
@click.argument("email")
@click.option("--name", default="", help="Name of the person.")
@click.option(
    "--min-severity", type=click.Choice(SEVERITIES), default=SEVERITIES[0], show_default=True
)
@click.option("--tag", "tags", multiple=True, help="Only incidents with one of these tags.")
@click.option("--word", "words", multiple=True, help="Only incidents that tell of one of these.")
@click.option("--digest/--no-digest", default=True, show_default=True, help="The weekly digest.")
@click.pass_obj
def add(
    context: Context,
    /,
    email: str,
    name: str,
    min_severity: str,
    *,
    digest: bool,
    **filters: tuple[str, ...],
) -> None:
    """Add a person.

    Example: failwatch subscribers add ann@example.org --min-severity backlash --word airline
    """
    wanted = Subscriber(
        id=0, email=email, name=name, min_severity=Severity[min_severity.upper()],
        tags=filters["tags"], words=filters["words"], wants_digest=digest,
    )  # fmt: skip
    with context.stores() as (main, private):
        with transaction(private):
            person = store.add(private, wanted, now=app.now())
        _record(context, main, "subscriber.add", person.id)
    click.echo(f"Added {person.email} as subscriber {person.id}.")


@subscribers.command("list")
@as_json
@click.pass_obj
def list_people(context: Context, *, as_json: bool) -> None:
    """List everybody who gets mail.

    Example: failwatch subscribers list
    """
    with context.stores() as (_, private):
        people = store.list_all(private)
    rows = [
        asdict(p)
        | {
            "min_severity": p.min_severity.name.lower(),
            "tags": ", ".join(p.tags),
            "words": ", ".join(p.words),
        }
        for p in people
    ]
    columns = {"id": 5, "email": 40, "name": 24, "min_severity": 10, "tags": 30, "words": 30}
    emit(rows, as_json=as_json, human=lambda: table(rows, columns) if rows else "Nobody yet.")


@subscribers.command("digest")
@click.argument("email")
@click.argument("wish", type=click.Choice(["on", "off"]))
@click.pass_obj
def wish_digest(context: Context, email: str, wish: str) -> None:
    """Say whether a person gets the weekly digest.

    Example: failwatch subscribers digest ann@example.org off
    """
    with context.stores() as (main, private):
        person = store.by_email(private, email)
        if person is None:
            raise click.UsageError(f"{email} is no subscriber. See `failwatch subscribers list`.")
        with transaction(private):
            store.update(private, replace(person, wants_digest=wish == "on"))
        _record(context, main, f"subscriber.digest_{wish}", person.id)
    click.echo(f"The weekly digest is {wish} for {person.email}.")


@subscribers.command()
@click.argument("email")
@click.pass_obj
def remove(context: Context, email: str) -> None:
    """Remove a person; mail that waits for them is not sent.

    Example: failwatch subscribers remove ann@example.org
    """
    with context.stores() as (main, private):
        person = store.by_email(private, email)
        if person is None:
            raise click.UsageError(f"{email} is no subscriber. See `failwatch subscribers list`.")
        with transaction(private):
            store.remove(private, person.id)
        _record(context, main, "subscriber.remove", person.id)
    click.echo(f"Removed {person.email}.")


def _record(context: Context, main: Connection, action: str, number: int) -> None:
    """The audit row names the number, not the address: the log is served."""
    with transaction(main):
        audit.record(main, actor(context), action, f"subscriber:{number}", now=app.now())
