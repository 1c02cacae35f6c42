-- Reads a page of one stream by falling versions.
-- $1 text: category, $2 text: key, $3 bigint: last version, $4 bigint: most rows.
-- Index: events_stream, backward.
SELECT e.position, e.version, e.recorded_at, e.event_id, e.correlation_id, e.causation_id, e.schema_version,
       e.category, e.key, e.name, e.tags, e.metadata, e.payload
FROM {schema}.events e
WHERE e.category = $1 AND e.key = $2 AND e.version <= $3
ORDER BY e.version DESC
LIMIT $4
