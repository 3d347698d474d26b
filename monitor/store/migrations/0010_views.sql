-- What Posts, Audit and Insights ask for, so that they answer at once with a million posts.
-- Independent of the migrations before it but the first.

-- Facts of a post by its number, without reading its text: a row of `posts` spreads over many pages.
CREATE INDEX posts_facts ON posts (id, published_at, feed_id, flagged, language);
CREATE INDEX posts_when ON posts (published_at, id, feed_id, flagged, language);
CREATE INDEX posts_language ON posts (language, published_at);
CREATE INDEX posts_flagged_language ON posts (flagged, language, published_at);
CREATE INDEX incidents_began ON incidents (first_post_at);
CREATE INDEX audit_actor ON audit (actor, id);
CREATE INDEX audit_action ON audit (action, id);
CREATE INDEX audit_at ON audit (at);
CREATE INDEX rule_decisions_time ON rule_decisions (decided_at, rule_id, is_hit, incident_id);

-- What a tag speaks of, so that Insights can count by sector and by channel.
ALTER TABLE tags ADD COLUMN kind TEXT NOT NULL DEFAULT ''  -- empty: what went wrong
  CHECK (kind IN ('', 'sector', 'channel'));
