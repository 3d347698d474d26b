"""Stored queries of plain Datasette: questions that teams ask, with what to fill in. Pure.

Each is bounded, and reads only tables that everybody may see.
"""

from __future__ import annotations

QUERIES = {
    "who_failed_most": {
        "title": "Who failed most often",
        "description": "Organisations by their incidents, the gravest among them and the last. Dismissed ones do not count.",
        "sql": """select organisation, count(*) as incidents, sum(status = 'relevant') as relevant,
  max(severity) as worst_severity, max(last_post_at) as last_told
from incidents where organisation <> '' and status <> 'dismissed' and merged_into is null
group by organisation order by incidents desc, last_told desc limit 200""",
    },
    "incidents_with_tag": {
        "title": "Incidents with a tag",
        "description": "The last ones that were told of. Write a tag, such as backlash.",
        "sql": """select incidents.id, incidents.title, organisation, status, severity, last_post_at
from tags join incident_tags on tag_id = tags.id join incidents on incidents.id = incident_id
where tags.name = :tag and merged_into is null order by last_post_at desc limit 200""",
    },
    "decided_in_month": {
        "title": "What was decided in a month",
        "description": "Write a month as 2026-11.",
        "sql": """select id, title, organisation, status, reason, severity, decided_by, decided_at
from incidents where decided_at >= :month || '-01' and decided_at < :month || '-32' and casebook_id is null
order by decided_at desc limit 500""",
    },
    "first_to_tell": {
        "title": "Feeds that tell first",
        "description": "Of the incidents of the last 90 days that were not dismissed: whose post was the first.",
        "sql": """select feeds.id, feeds.title, count(*) as told_first, sum(status = 'relevant') as relevant
from (select id, status, (select post_id from incident_posts join posts on posts.id = post_id
    where incident_id = incidents.id order by published_at, post_id limit 1) as first_post
  from incidents where first_post_at >= date('now', '-90 days') and status <> 'dismissed' and merged_into is null)
join posts on posts.id = first_post join feeds on feeds.id = feed_id
group by feeds.id order by told_first desc limit 100""",
    },
    "rules_by_decisions": {
        "title": "Rules by what people decided",
        "description": "Decided incidents that each version of a rule flagged, and how many of them were relevant.",
        "sql": """select rules.id, rule, title, is_live, count(*) as decided, sum(is_hit) as relevant,
  round(avg(is_hit), 2) as precision
from rule_decisions join rules on rules.id = rule_id group by rules.id order by decided desc limit 500""",
    },
    "responses_and_outcomes": {
        "title": "What they said, and what followed",
        "description": "Responses by type, with what the last look at the incident found.",
        "sql": """select responses.type, followed, count(*) as responses from responses join (
  select id, coalesce((select outcome from revisits where incident_id = incidents.id and outcome <> ''
    order by days desc limit 1), 'nobody has looked') as followed from incidents where merged_into is null
) as looked on looked.id = incident_id group by 1, 2 order by 1, 3 desc""",
    },
    "copies_of_a_post": {
        "title": "Copies of a post",
        "description": "The same text by other publishers. Write the number of a post; the first of the copies is meant, too.",
        "sql": """select posts.id, posts.title, feeds.title as feed, posts.url, published_at from posts join feeds on feeds.id = feed_id
where posts.id = :post or copy_of = :post
  or copy_of = (select copy_of from posts where id = :post) or posts.id = (select copy_of from posts where id = :post)
order by published_at limit 200""",
    },
}
