-- Reads a page of the whole log.
-- $1 bigint: after this position, $2 bigint: up to this position, $3 bigint: most rows.
-- Index: events_position.
SELECT e.position, e.version, e.recorded_at, e.event_id, e.correlation_id, e.causation_id, e.schema_version,
       e.category, e.key, e.name, e.tags, e.metadata, e.payload
FROM {schema}.events e
WHERE e.position > $1 AND e.position <= $2
ORDER BY e.position
LIMIT $3
