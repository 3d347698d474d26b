"""`failwatch links …`."""

from __future__ import annotations

import click

from monitor import app
from monitor.cli.people import account_of
from monitor.cli.shared import Context, actor, as_json, emit, table
from monitor.store import audit, feed_links
from monitor.store.db import transaction


@click.group()
def links() -> None:
    """Make secret addresses at which a feed reader reads a view, and revoke them.

    Example: failwatch links list ann
    """


@links.command()
@click.argument("name")
@click.argument("view")
@click.option("--title", required=True, help="What the feed is called.")
@click.pass_obj
def add(context: Context, name: str, view: str, title: str) -> None:
    """Make a feed of VIEW, a page's address with its filters; it is NAME's to revoke.

    Example: failwatch links add ann "/-/posts?q=recall" --title "Recalls"
    """
    settings = context.load().config.settings
    shown = feed_links.view_of(view)
    with context.stores() as (main, private):
        account = account_of(private, name)
        with transaction(private):
            token = feed_links.make(private, account.id, title, shown, now=app.now())
        with transaction(main):
            audit.record(
                main, actor(context), "feed_link.make", f"account:{account.id}", now=app.now(),
                after={"title": title, "view": shown.address},
            )  # fmt: skip
    click.echo("Whoever has these addresses reads this view; they are shown only now:")
    for form in ("atom", "json"):
        click.echo(f"  {settings.public_url.rstrip('/')}/-/feed/{token}.{form}")


@links.command("list")
@click.argument("name")
@as_json
@click.pass_obj
def list_links(context: Context, name: str, *, as_json: bool) -> None:
    """List NAME's feeds that work.

    Example: failwatch links list ann
    """
    with context.stores() as (_, private):
        found = feed_links.of_account(private, account_of(private, name).id)
    rows = [
        {
            "number": row["id"],
            "title": row["title"],
            "view": feed_links.View(row["view"], row["asked"]).address,
            "made": row["created_at"],
            "last_read": row["last_used_at"] or "never",
        }
        for row in found
    ]
    columns = {"number": 6, "title": 40, "view": 60, "made": 20, "last_read": 20}
    emit(rows, as_json=as_json, human=lambda: table(rows, columns) if rows else "None.")


@links.command()
@click.argument("name")
@click.argument("number", type=int)
@click.pass_obj
def revoke(context: Context, name: str, number: int) -> None:
    """End NAME's feed of this number at once: its address answers 404 from then on.

    Example: failwatch links revoke ann 1
    """
    with context.stores() as (main, private):
        account = account_of(private, name)
        with transaction(private):
            title = feed_links.revoke(private, account.id, number, now=app.now())
        with transaction(main):
            audit.record(
                main, actor(context), "feed_link.revoke", f"account:{account.id}", now=app.now(),
                after={"title": title, "link": number},
            )  # fmt: skip
    click.echo(f"“{title}” is revoked.")
