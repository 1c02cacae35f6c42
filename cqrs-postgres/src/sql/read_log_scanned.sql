-- Reads a page of the events of some categories and names, by looking at all events between two positions.
-- $1 bigint: after this position, $2 bigint: up to this position, $3 bigint: most rows.
-- $4 text[]: the categories, $5 text[]: the names; null for any.
-- Index: events_position. Not events_category or events_name: a condition with OR fits none.
SELECT e.position, e.version, e.recorded_at, e.event_id, e.correlation_id, e.causation_id, e.schema_version,
       e.category, e.key, e.name, e.tags, e.metadata, e.payload
FROM {schema}.events e
WHERE e.position > $1 AND e.position <= $2
  AND ($4::text[] IS NULL OR e.category = ANY ($4))
  AND ($5::text[] IS NULL OR e.name = ANY ($5))
ORDER BY e.position
LIMIT $3
