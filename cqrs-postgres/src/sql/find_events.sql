-- Finds recorded events by their ids.
-- $1 uuid[]: the ids.
-- Index: events_event_id.
SELECT e.position, e.version, e.recorded_at, e.event_id, e.correlation_id, e.causation_id, e.schema_version,
       e.category, e.key, e.name, e.tags, e.metadata, e.payload
FROM unnest($1::uuid[]) AS i(event_id)
CROSS JOIN LATERAL (SELECT * FROM {schema}.events f WHERE f.event_id = i.event_id LIMIT 1) e
