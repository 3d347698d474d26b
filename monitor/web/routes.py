"""Every page of ours: its path, who may ask for it, and what answers."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from monitor.errors import Refused, StaleVersion
from monitor.model import Role
from monitor.web import (
    access,
    actions,
    api,
    api_lessons,
    audit,
    door,
    drills,
    duties,
    export,
    feed_out,
    feeds,
    home,
    incident,
    insights,
    lesson,
    lessons,
    links,
    organisations,
    pane,
    plans,
    posts,
    preference,
    principles,
    profile,
    recall,
    reflections,
    rule,
    rules,
    stories,
    stream,
    subscribers,
    tags,
    triage,
    views,
    wiki,
    workbench,
)
from monitor.web.ds import Response, render

Page = Callable[[Any, Any], Awaitable[Response]]

FOR_KEYS = (api.PREFIX, "/-/export/")
"""What a key opens: what scripts are for. Pages are for people, who sign in."""


def wants_json(request: Any) -> bool:
    """Whether a script asks, rather than a form."""
    return bool(
        request.path.startswith(api.PREFIX)
        or request.headers.get("authorization")
        or request.headers.get("content-type", "").startswith("application/json")
    )


def guarded(page: Page, role: Role, *, method: str) -> Page:
    """Let in only those with a role, by one method; turn our refusals into answers."""

    # Not `functools.wraps`: Datasette passes the arguments that a signature names, and looks through
    # a wrapper for it.
    async def answer(datasette: Any, request: Any) -> Response:
        if request.actor is None:
            if wants_json(request):
                return Response.json({"ok": False, "error": _stranger(request)}, status=403)
            return access.to_sign_in(request)
        if request.method not in ({"GET", "HEAD"} if method == "GET" else {method}):
            return Response.text("Method not allowed", status=405, headers={"Allow": method})
        if request.actor.get("by_key") and not request.path.startswith(FOR_KEYS):
            opened = " and ".join(FOR_KEYS)
            return await refusal(datasette, request, f"A key opens {opened} only.", 403)
        if not access.may(request.actor, role):
            return await refusal(
                datasette,
                request,
                f"This needs the role {role}; yours is {request.actor['role']}.",
                403,
            )
        try:
            return await page(datasette, request)
        except StaleVersion as stale:
            return await refusal(datasette, request, str(stale), 409)
        except Refused as refused:
            return await refusal(datasette, request, str(refused), 422)

    return answer


def _stranger(request: Any) -> str:
    if request.headers.get("authorization"):
        return "This key does not work: it was revoked, or its owner is shut out."
    if request.path.startswith(api.PREFIX):
        return "Sign in, or send a key: Authorization: Bearer fw_… (see docs/api.md)."
    return "Your session has ended: sign in again."


async def refusal(datasette: Any, request: Any, message: str, status: int) -> Response:
    """Say no, to a script or to a person."""
    if wants_json(request):
        return Response.json({"ok": False, "error": message}, status=status)
    title = {403: "Not allowed", 409: "Somebody was faster", 422: "That does not work"}[status]
    return await render(
        datasette, request, "failwatch_message.html", title=title, message=message, status=status
    )


def get(page: Page, role: Role = Role.VIEWER) -> Page:
    """A page to read."""
    return guarded(page, role, method="GET")


def post(page: Page, role: Role) -> Page:
    """A change."""
    return guarded(page, role, method="POST")


def either(shown: Page, sent: Page, role: Role) -> Page:
    """A page that answers to its own form."""
    return parted(shown, role, sent, role)


def parted(shown: Page, least: Role, sent: Page, writer: Role) -> Page:
    """The same, where more may read than write."""
    reading, sending = get(shown, least), post(sent, writer)

    async def answer(datasette: Any, request: Any) -> Response:
        chosen = sending if request.method == "POST" else reading
        return await chosen(datasette, request)

    return answer


ROUTES: list[tuple[str, Page]] = [
    (r"^/$", get(home.page)),
    (r"^/-/triage$", get(triage.page)),
    (r"^/-/triage/news$", get(stream.page)),
    (r"^/-/triage/views$", post(views.keep, Role.TRIAGER)),
    (r"^/-/triage/views/(?P<id>\d{1,18})/remove$", post(views.remove, Role.TRIAGER)),
    (r"^/-/triage/(?P<id>\d{1,18})/pane$", get(pane.page)),
    (r"^/-/triage/(?P<id>\d{1,18})/decide$", post(triage.decide, Role.TRIAGER)),
    (r"^/-/triage/(?P<id>\d{1,18})/undo$", post(triage.undo, Role.TRIAGER)),
    (r"^/-/triage/(?P<id>\d{1,18})/tag$", post(triage.tag, Role.TRIAGER)),
    (r"^/-/incidents/(?P<id>\d{1,18})$", get(incident.page)),
    (r"^/-/incidents/(?P<id>\d{1,18})/do/(?P<act>[a-z_]{1,30})$", post(incident.act, Role.TRIAGER)),
    (r"^/-/incidents/(?P<id>\d{1,18})/note$", post(incident.note, Role.TRIAGER)),
    (r"^/-/incidents/(?P<id>\d{1,18})/untag$", post(incident.untag, Role.TRIAGER)),
    (r"^/-/incidents/(?P<id>\d{1,18})/organisation$", post(incident.organisation, Role.TRIAGER)),
    (r"^/-/lessons$", get(lessons.page)),
    (r"^/-/lessons/start$", post(lessons.start, Role.EDITOR)),
    (r"^/-/lessons/(?P<id>\d{1,18})$", get(lesson.page)),
    (
        r"^/-/lessons/(?P<id>\d{1,18})/write/(?P<step>[a-z]{1,20})$",
        either(lesson.step_page, lesson.save_step, Role.EDITOR),
    ),
    (r"^/-/lessons/(?P<id>\d{1,18})/do/(?P<act>[a-z]{1,30})$", post(lesson.act, Role.TRIAGER)),
    (
        r"^/-/lessons/(?P<id>\d{1,18})/actions/(?P<action>\d{1,18})/file$",
        post(lesson.attach, Role.TRIAGER),
    ),
    (r"^/-/actions$", get(actions.page)),
    (r"^/-/actions/files/(?P<id>\d{1,18})$", get(lesson.file)),
    (r"^/-/plans$", get(plans.page, Role.TRIAGER)),
    (r"^/-/plans/keep$", post(plans.keep, Role.TRIAGER)),
    (r"^/-/plans/(?P<id>\d{1,18})$", get(plans.plan, Role.TRIAGER)),
    (r"^/-/plans/(?P<id>\d{1,18})/renew$", post(plans.renew, Role.TRIAGER)),
    (r"^/-/plans/(?P<id>\d{1,18})/back$", post(plans.look_back, Role.TRIAGER)),
    (r"^/-/drills$", get(drills.page, Role.TRIAGER)),
    (r"^/-/drills/begin$", post(drills.begin, Role.TRIAGER)),
    (r"^/-/drills/(?P<id>\d{1,18})$", get(drills.drill, Role.TRIAGER)),
    (r"^/-/drills/(?P<id>\d{1,18})/move$", post(drills.move, Role.TRIAGER)),
    (r"^/-/drills/(?P<id>\d{1,18})/score$", post(drills.score, Role.TRIAGER)),
    (r"^/-/profile$", parted(profile.page, Role.TRIAGER, profile.save, Role.EDITOR)),
    (r"^/-/stories$", get(stories.page, Role.EDITOR)),
    (r"^/-/stories/links$", post(stories.new_link, Role.ADMIN)),
    (r"^/-/stories/links/(?P<id>\d{1,18})/revoke$", post(stories.revoke, Role.ADMIN)),
    (r"^/-/stories/(?P<id>\d{1,18})/(?P<way>take|aside|back)$", post(stories.decide, Role.EDITOR)),
    (r"^/-/tell/(?P<token>[A-Za-z0-9_-]{20,60})$", stories.tell),
    (r"^/-/reflections$", get(reflections.page, Role.TRIAGER)),
    (r"^/-/reflections/begin$", post(reflections.begin, Role.TRIAGER)),
    (r"^/-/reflections/(?P<id>\d{1,18})$", get(reflections.sheet, Role.TRIAGER)),
    (r"^/-/reflections/(?P<id>\d{1,18})/answer$", post(reflections.answer, Role.TRIAGER)),
    (r"^/-/reflections/(?P<id>\d{1,18})/close$", post(reflections.close, Role.TRIAGER)),
    (r"^/-/reflections/(?P<id>\d{1,18})/meeting$", get(reflections.meeting, Role.TRIAGER)),
    (r"^/-/principles$", get(principles.page)),
    (r"^/-/principles/undo$", post(principles.undo, Role.EDITOR)),
    (r"^/-/principles/(?P<id>\d{1,18})$", get(principles.page)),
    (r"^/-/principles/(?P<id>\d{1,18})/edit$", post(principles.edit, Role.EDITOR)),
    (r"^/-/principles/(?P<id>\d{1,18})/merge$", post(principles.merge, Role.EDITOR)),
    (r"^/-/api/lessons$", get(api_lessons.listed)),
    (r"^/-/api/lessons/start$", post(api_lessons.start, Role.EDITOR)),
    (r"^/-/api/lessons/(?P<id>\d{1,18})$", get(api_lessons.shown)),
    (
        r"^/-/api/lessons/(?P<id>\d{1,18})/(?P<act>[a-z]{1,30})$",
        post(api_lessons.act, Role.TRIAGER),
    ),
    (r"^/-/api/drills$", get(drills.listed, Role.TRIAGER)),
    (r"^/-/api/drills/begin$", post(drills.call, Role.TRIAGER)),
    (r"^/-/api/drills/(?P<id>\d{1,18})$", get(drills.told, Role.TRIAGER)),
    (r"^/-/api/drills/(?P<id>\d{1,18})/move$", post(drills.call_move, Role.TRIAGER)),
    (r"^/-/api/drills/(?P<id>\d{1,18})/score$", post(drills.call_score, Role.TRIAGER)),
    (r"^/-/api/actions$", get(api_lessons.tasks)),
    (r"^/-/api/principles$", get(api_lessons.all_principles)),
    (r"^/-/api/incidents$", get(api.listed)),
    (r"^/-/api/incidents/(?P<id>\d{1,18})$", get(api.shown)),
    (r"^/-/api/incidents/(?P<id>\d{1,18})/(?P<act>[a-z_]{1,30})$", post(api.act, Role.TRIAGER)),
    (r"^/-/api/undo$", post(api.undo, Role.TRIAGER)),
    (r"^/-/api/changes/(?P<id>\d{1,18})/undo$", post(api.undo, Role.TRIAGER)),
    (r"^/-/api/tags$", get(api.tags)),
    (r"^/-/api/tags/merge$", post(api.merge_tags, Role.EDITOR)),
    (r"^/-/api/tags/synonyms$", post(api.synonyms, Role.EDITOR)),
    (r"^/-/api/duties$", get(api.duties)),
    (r"^/-/api/posts/(?P<id>\d{1,18})/incident$", post(api.start, Role.TRIAGER)),
    (r"^/-/duties$", get(duties.page)),
    (r"^/-/organisations$", get(organisations.page)),
    (
        r"^/-/organisations/(?P<act>add|name|merge|forget|undo)$",
        post(organisations.act, Role.EDITOR),
    ),
    (r"^/-/api/organisations$", get(organisations.listed)),
    (
        r"^/-/api/organisations/(?P<act>add|name|merge|forget)$",
        post(organisations.called, Role.EDITOR),
    ),
    (r"^/-/tags$", get(tags.page)),
    (r"^/-/tags/merge$", post(tags.merge, Role.EDITOR)),
    (r"^/-/tags/synonyms$", post(tags.synonyms, Role.EDITOR)),
    (r"^/-/tags/undo$", post(tags.undo, Role.EDITOR)),
    (r"^/-/rules$", get(rules.page)),
    (r"^/-/rules/workbench$", either(workbench.page, workbench.attempt, Role.EDITOR)),
    (r"^/-/rules/workbench/check$", post(workbench.check, Role.EDITOR)),
    (r"^/-/rules/workbench/save$", post(workbench.save, Role.EDITOR)),
    (r"^/-/rules/(?P<rule>[a-z0-9][a-z0-9_-]{0,63})$", get(rule.page)),
    (
        r"^/-/rules/(?P<rule>[a-z0-9][a-z0-9_-]{0,63})/(?P<way>on|off)$",
        post(workbench.switch, Role.EDITOR),
    ),
    (r"^/-/posts$", get(posts.page)),
    (r"^/-/posts/(?P<id>\d{1,18})/incident$", post(posts.start, Role.TRIAGER)),
    (r"^/-/posts/(?P<id>\d{1,18})/add$", post(posts.add, Role.TRIAGER)),
    (r"^/-/insights$", get(insights.page)),
    (r"^/-/insights/(?P<figure>[a-z]+)\.(?P<kind>svg|csv)$", get(insights.file)),
    (r"^/-/insights/tag$", post(insights.kind, Role.EDITOR)),
    (r"^/-/export/(?P<kind>posts|incidents)\.(?P<form>csv|json)$", get(export.file)),
    (r"^/-/export/(?P<kind>audit)\.(?P<form>csv|json)$", get(export.file, Role.EDITOR)),
    (r"^/-/feed/(?P<token>[A-Za-z0-9_-]{20,80})\.(?P<form>atom|json)$", feed_out.feed),
    (r"^/-/failwatch/links$", either(links.page, links.make, Role.VIEWER)),
    (r"^/-/failwatch/links/(?P<id>\d{1,18})/revoke$", post(links.revoke, Role.VIEWER)),
    (r"^/-/audit$", get(audit.page, Role.EDITOR)),
    (r"^/-/preference$", get(preference.page, Role.EDITOR)),
    (r"^/-/preference/word$", post(preference.set_word, Role.EDITOR)),
    (r"^/-/recall$", get(recall.page, Role.TRIAGER)),
    (r"^/-/recall/(?P<id>\d{1,18})/answer$", post(recall.answer, Role.TRIAGER)),
    (r"^/-/recall/(?P<id>\d{1,18})/undo$", post(recall.undo, Role.TRIAGER)),
    (r"^/-/feeds$", get(feeds.page)),
    (r"^/-/wiki$", get(wiki.page)),
    (r"^/-/wiki/resolve$", post(wiki.resolve, Role.EDITOR)),
    (r"^/-/lessons/(?P<id>\d{1,18})/export$", post(wiki.ask, Role.EDITOR)),
    (r"^/-/subscribers$", get(subscribers.page, Role.ADMIN)),
    (r"^/-/subscribers/add$", post(subscribers.add, Role.ADMIN)),
    (r"^/-/subscribers/(?P<id>\d{1,18})/remove$", post(subscribers.remove, Role.ADMIN)),
    (r"^/-/subscribers/(?P<id>\d{1,18})/digest$", post(subscribers.digest, Role.ADMIN)),
    (r"^/-/failwatch/account$", get(door.account)),
    (r"^/-/failwatch/password$", post(door.password, Role.VIEWER)),
    (r"^/-/failwatch/keys$", post(door.make_key, Role.VIEWER)),
    (r"^/-/failwatch/keys/(?P<id>\d{1,18})/revoke$", post(door.revoke_key, Role.VIEWER)),
    (r"^/-/failwatch/logout$", post(door.logout, Role.VIEWER)),
    (r"^/-/failwatch/login$", door.login),
    (r"^/-/failwatch/link$", door.link),
]
