-- The least table that a log can be: one unique index for the stream, one for the order.
CREATE TABLE IF NOT EXISTS events
(
    position    bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    event_id    uuid        NOT NULL,
    stream      uuid        NOT NULL,
    version     bigint      NOT NULL,
    name        text        NOT NULL,
    payload     json        NOT NULL,
    recorded_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    UNIQUE (stream, version)
);
