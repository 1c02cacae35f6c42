-- Keeps a snapshot in the place of the stream's last one, unless that is a later one by the same code.
-- $1 text: the category, $2 text: the key, $3 bigint: the version, $4 bigint: the position, $5 bigint: the fingerprint,
-- $6 timestamptz: when it was taken, $7 text: the state, $8 uuid: the event.
-- Index: snapshots_stream.
INSERT INTO {schema}.snapshots AS s (category, key, version, position, fingerprint, taken_at, state, event_id)
VALUES ($1, $2, $3, $4, $5, $6, $7::json, $8)
ON CONFLICT (category, key) DO UPDATE
SET version = EXCLUDED.version, position = EXCLUDED.position, fingerprint = EXCLUDED.fingerprint,
    taken_at = EXCLUDED.taken_at, state = EXCLUDED.state, event_id = EXCLUDED.event_id
WHERE s.fingerprint <> EXCLUDED.fingerprint OR s.version <= EXCLUDED.version
