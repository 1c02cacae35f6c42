-- Snapshots: the state of an aggregate at one version, one row a stream. Nothing hangs on them: they may be dropped, and the
-- table emptied, at any time (S1).
CREATE TABLE {schema}.snapshots (
    category    text COLLATE "C" NOT NULL,
    key         text COLLATE "C" NOT NULL,
    version     bigint           NOT NULL,
    -- Where the event of that version is.
    position    bigint           NOT NULL,
    -- Which code took it.
    fingerprint bigint           NOT NULL,
    taken_at    timestamptz      NOT NULL,
    -- `json`: bytes as given.
    state       json             NOT NULL,
    CONSTRAINT snapshots_stream PRIMARY KEY (category, key)
);
