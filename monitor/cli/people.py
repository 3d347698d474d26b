"""`failwatch users …`."""

from __future__ import annotations

from dataclasses import asdict

import click

from monitor import app
from monitor.cli.shared import Context, actor, as_json, emit, table
from monitor.model import Role
from monitor.store import accounts, audit, tokens
from monitor.store.db import Connection, transaction


@click.group()
def users() -> None:
    """Say who may sign in.

    Example: failwatch users list
    """


@users.command()
@click.argument("name")
@click.option(
    "--role", type=click.Choice([str(r) for r in Role]), default=None, help="Default: viewer."
)
@click.pass_obj
def add(context: Context, name: str, role: str | None) -> None:
    """Add a person, or change their role, and print a link that signs them in once.

    Example: failwatch users add ann --role triager
    """
    settings = context.load().config.settings
    with context.stores() as (main, private):
        known = {a.name.casefold(): a for a in accounts.list_all(private)}.get(name.casefold())
        wanted = Role(role) if role else known.role if known else Role.VIEWER
        with transaction(private):
            account = accounts.add(private, name, wanted, now=app.now())
            token = accounts.new_link(private, account.id, now=app.now())
        with transaction(main):
            audit.record(
                main, actor(context), "account.link", f"account:{account.id}", now=app.now(),
                after={"role": str(account.role)},
            )  # fmt: skip
    click.echo(f"{account.name} is {account.role}. This link signs in once, within a day:")
    click.echo(f"  {settings.public_url}/-/failwatch/link?token={token}")


@users.command()
@click.argument("name")
@click.pass_obj
def disable(context: Context, name: str) -> None:
    """Shut a person out at once: their sessions and links end. `users add` lets them in again.

    Example: failwatch users disable ann
    """
    with context.stores() as (main, private):
        with transaction(private):
            account = accounts.disable(private, name)
        if account is None:
            raise click.UsageError(f"There is no {name}. See `failwatch users list`.")
        with transaction(main):
            audit.record(
                main, actor(context), "account.disable", f"account:{account.id}", now=app.now()
            )
    click.echo(f"{account.name} is shut out.")


@users.command("list")
@as_json
@click.pass_obj
def list_people(context: Context, *, as_json: bool) -> None:
    """List everybody who may sign in.

    Example: failwatch users list
    """
    with context.stores() as (_, private):
        people = accounts.list_all(private)
    rows = [
        asdict(p)
        | {
            "role": str(p.role),
            "password": "set" if p.has_password else "not set",
            "state": "shut out" if p.is_disabled else "",
        }
        for p in people
    ]
    emit(
        rows,
        as_json=as_json,
        human=lambda: (
            table(rows, {"id": 5, "name": 40, "role": 8, "password": 8, "state": 9})
            if rows
            else "Nobody yet."
        ),
    )


def account_of(private: Connection, name: str) -> accounts.Account:
    """The account of a name, however it is written; says so if there is none."""
    known = {a.name.casefold(): a for a in accounts.list_all(private) if not a.is_disabled}
    if name.casefold() not in known:
        raise click.UsageError(f"There is no {name}. See `failwatch users list`.")
    return known[name.casefold()]


@users.command()
@click.argument("name")
@click.option("--for", "purpose", required=True, help="What the key is for.")
@click.pass_obj
def key(context: Context, name: str, purpose: str) -> None:
    """Make a key for scripts: it acts as NAME at the JSON API, until it is revoked.

    Example: failwatch users key ann --for "nightly report"
    """
    with context.stores() as (main, private):
        account = account_of(private, name)
        with transaction(private):
            token = tokens.make(private, account.id, purpose, now=app.now())
        with transaction(main):
            audit.record(
                main, actor(context), "account.key", f"account:{account.id}", now=app.now(),
                after={"for": purpose},
            )  # fmt: skip
    click.echo("Keep it where secrets are kept; it is shown only now:")
    click.echo(f"  {token}")


@users.command()
@click.argument("name")
@click.option("--revoke", type=int, default=None, help="End the key of this number.")
@as_json
@click.pass_obj
def keys(context: Context, name: str, *, revoke: int | None, as_json: bool) -> None:
    """List a person's keys, or revoke one.

    Example: failwatch users keys ann
    """
    with context.stores() as (main, private):
        account = account_of(private, name)
        if revoke is not None:
            with transaction(private):
                tokens.revoke(private, account.id, revoke, now=app.now())
            with transaction(main):
                audit.record(
                    main, actor(context), "account.key_revoke", f"account:{account.id}",
                    now=app.now(), after={"key": revoke},
                )  # fmt: skip
        rows = [dict(row) for row in tokens.of_account(private, account.id)]
    columns = {"id": 5, "name": 60, "created_at": 20, "last_used_at": 20}
    emit(rows, as_json=as_json, human=lambda: table(rows, columns) if rows else "No key works.")
