-- A table with the columns of a whole event, in the order and with the types that our log has.
CREATE TABLE IF NOT EXISTS log
(
    position       bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    version        bigint      NOT NULL,
    recorded_at    timestamptz NOT NULL DEFAULT clock_timestamp(),
    event_id       uuid        NOT NULL,
    correlation_id uuid,
    causation_id   uuid,
    schema_version integer     NOT NULL DEFAULT 1,
    category       text COLLATE "C" NOT NULL DEFAULT 'account',
    key            text COLLATE "C" NOT NULL,
    name           text COLLATE "C" NOT NULL,
    tags           text[] COLLATE "C",
    metadata       json,
    payload        json        NOT NULL
);
