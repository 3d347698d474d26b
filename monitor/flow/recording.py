"""What a poll leaves on record, good or bad, and when its feed is polled next."""

from __future__ import annotations

from datetime import datetime, timedelta

from monitor.feeds import schedule
from monitor.model import Fetched, FetchFailed, ParseFailed, PollJob, PollResult
from monitor.store import feeds
from monitor.store.db import Connection


def recorded(
    conn: Connection, result: PollResult, new_posts: int, *, now: datetime, jitter: float
) -> feeds.PollRecord:
    """The poll's row, and when the feed is polled next."""
    job = result.job
    match result.fetched, result.parsed:
        case FetchFailed() as failed, _:
            return _failure(job, failed, now, jitter)
        case Fetched() as fetched, ParseFailed(reason):
            failed = FetchFailed(
                reason, status=fetched.status, bytes=len(fetched.body), ms=fetched.ms
            )
            return _failure(job, failed, now, jitter)
        case _:
            return _success(conn, result, new_posts, now=now, jitter=jitter)


def _failure(job: PollJob, failed: FetchFailed, now: datetime, jitter: float) -> feeds.PollRecord:
    following = schedule.after_failure(
        now,
        every=job.every,
        failures=job.failures + 1,
        retry_after=failed.retry_after,
        jitter=jitter,
    )
    return feeds.PollRecord(
        outcome="gone" if failed.is_gone else "failed",
        next_poll_at=following.at,
        next_poll_why="polling has ended" if failed.is_gone else following.reason,
        status=failed.status,
        bytes=failed.bytes,
        ms=failed.ms,
        error=failed.reason,
    )


def _success(
    conn: Connection, result: PollResult, new_posts: int, *, now: datetime, jitter: float
) -> feeds.PollRecord:
    fetched, parsed, job = result.fetched, result.parsed, result.job
    if isinstance(fetched, FetchFailed) or isinstance(parsed, ParseFailed):
        raise TypeError("a failure is recorded by _failure")
    rate, last_success = feeds.learnt(conn, job.feed_id)
    since = last_success or _oldest(result, now)
    rate = schedule.learn_rate(rate, new_posts=new_posts, elapsed=now - since)
    following = schedule.after_success(
        now,
        every=job.every,
        rate=rate,
        fresh_for=fetched.fresh_for,
        ttl=parsed.ttl if parsed else None,
        jitter=jitter,
    )
    answer = fetched if isinstance(fetched, Fetched) else None
    outcome = "moved" if fetched.moved_to else "new" if new_posts else "unchanged"
    return feeds.PollRecord(
        outcome=outcome,
        next_poll_at=following.at,
        next_poll_why=following.reason,
        status=answer.status if answer else 304,
        bytes=len(answer.body) if answer else 0,
        ms=fetched.ms,
        entries=len(parsed.posts) + parsed.dropped if parsed else 0,
        new_posts=new_posts,
        malformed=parsed.malformed if parsed else "",
        etag=answer.etag if answer else None,
        last_modified=answer.last_modified if answer else None,
        body_hash=result.body_hash if parsed else None,
        moved_to=fetched.moved_to,
        posts_rate=rate,
    )


def _oldest(result: PollResult, now: datetime) -> datetime:
    """Since when a feed's first answer tells of its pace: its oldest post, at least a day."""
    dates = [j.post.published_at for j in result.judged if j.post.published_at]
    return min([*dates, now - timedelta(days=1)])
