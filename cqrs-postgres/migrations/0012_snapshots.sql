-- Snapshots: the state of an aggregate at one version, one row a stream. Nothing hangs on them: they may be dropped, and the
-- table emptied, at any time (S1).
CREATE TABLE {schema}.snapshots (
    category    text COLLATE "C" NOT NULL,
    key         text COLLATE "C" NOT NULL,
    version     bigint           NOT NULL,
    -- The event of that version, and where it is.
    event_id    uuid             NOT NULL,
    position    bigint           NOT NULL,
    -- Which code took it.
    fingerprint bigint           NOT NULL,
    taken_at    timestamptz      NOT NULL,
    -- `json`: bytes as given.
    state       json             NOT NULL,
    CONSTRAINT snapshots_stream PRIMARY KEY (category, key)
);
