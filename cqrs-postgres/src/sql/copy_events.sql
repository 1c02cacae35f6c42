-- The events of an import, in the order of their positions. Between begin_import and end_import.
COPY {schema}.events (position, version, recorded_at, event_id, correlation_id, causation_id, schema_version, category,
                      key, name, tags, metadata, payload)
FROM STDIN (FORMAT binary)
