-- The log, what finds its events, and what keeps it append-only.
--
-- {schema} is the quoted name of the schema.

-- CACHE 1: a cached range would let a session draw positions below the floor of another (see 0002_feed.sql).
-- MAXVALUE: a floor's lock key has 48 bits for the position.
CREATE SEQUENCE {schema}.positions AS bigint MINVALUE 1 MAXVALUE 281474976710655 CACHE 1 NO CYCLE;

CREATE TABLE {schema}.events (
    position       bigint      NOT NULL CONSTRAINT events_position PRIMARY KEY,
    version        bigint      NOT NULL,
    recorded_at    timestamptz NOT NULL DEFAULT clock_timestamp(),
    event_id       uuid        NOT NULL CONSTRAINT events_event_id UNIQUE,
    correlation_id uuid,
    causation_id   uuid,
    schema_version integer     NOT NULL,
    category       text        COLLATE "C" NOT NULL,
    key            text        COLLATE "C" NOT NULL,
    name           text        COLLATE "C" NOT NULL,
    -- Sorted, each once. Without tags: null.
    tags           text[]      COLLATE "C",
    -- `json`, never `jsonb`: the bytes stay as they were given (A8). docs/decisions/0001-payload-column.md
    metadata       json,
    payload        json        NOT NULL,
    -- The key first: an index that began with the category would be taken for reads of a category, and sort all of it.
    CONSTRAINT events_stream UNIQUE (key, category, version)
);

-- F4, and append conditions without tags. docs/decisions/0002-log-filters.md
-- In another collation than the column's, which orders the same: so it serves reads of a category, which ask in it, and is not taken for
-- those of a stream. While a log is small and the server has no statistics, it looked cheaper than events_stream, and a session kept that plan: each
-- append read all events of its category.
-- No two entries of these are alike: a search for such before each split of a page would find none.
CREATE INDEX events_category ON {schema}.events (category COLLATE "POSIX", position) WITH (deduplicate_items = off);
CREATE INDEX events_name ON {schema}.events (name, position) WITH (deduplicate_items = off);

-- A row for each tag of each event: whatever a tag's age and number of events, the next one is one index probe.
CREATE TABLE {schema}.event_tags (
    tag      text COLLATE "C" NOT NULL,
    position bigint           NOT NULL,
    CONSTRAINT event_tags_tag PRIMARY KEY (tag, position) WITH (deduplicate_items = off)
);

CREATE TABLE {schema}.receipts (
    key         text COLLATE "C" NOT NULL CONSTRAINT receipts_key PRIMARY KEY,
    command     text             NOT NULL,
    category    text COLLATE "C",
    stream_key  text COLLATE "C",
    version     bigint           NOT NULL,
    position    bigint           NOT NULL,
    reply       json             NOT NULL,
    recorded_at timestamptz      NOT NULL DEFAULT clock_timestamp()
);

-- What sets the locks of this log apart from those of other logs in the same database: a number from 1 to 32,767.
-- Two logs that share one are still correct, each only waits for the other's appends too, so the search gives up after
-- a while. A function, since the planner puts its constant in place of the call.
DO $migration$
DECLARE
    candidate integer := (pg_catalog.hashtext('{schema}') & 32767);
    tries     integer := 0;
BEGIN
    LOOP
        candidate := candidate % 32767 + 1;
        tries := tries + 1;
        EXIT WHEN tries > 1000 OR NOT EXISTS (
            SELECT FROM pg_catalog.pg_proc p
            WHERE p.proname = 'log_namespace' AND p.prosrc = format('SELECT %s::bigint', candidate)
        );
    END LOOP;
    EXECUTE format(
        'CREATE FUNCTION {schema}.log_namespace() RETURNS bigint LANGUAGE sql IMMUTABLE PARALLEL SAFE AS %L',
        format('SELECT %s::bigint', candidate)
    );
END
$migration$;

CREATE FUNCTION {schema}.refuse_change() RETURNS trigger LANGUAGE plpgsql AS $function$
BEGIN
    RAISE EXCEPTION 'the log is append-only: % on %.% is refused', TG_OP, TG_TABLE_SCHEMA, TG_TABLE_NAME
        USING ERRCODE = 'restrict_violation', HINT = 'Append an event that says what is different now.';
END
$function$;

-- The gate is open while append_batch, append_one or an import writes: they set `cqrs.gate` for their transaction and take it back.
-- In the function, not in the trigger's WHEN, whose expression the server would read from its catalog and make ready anew for
-- each statement: that takes twice as long.
CREATE FUNCTION {schema}.refuse_side_door() RETURNS trigger LANGUAGE plpgsql AS $function$
BEGIN
    IF pg_catalog.current_setting('cqrs.gate', true) IS DISTINCT FROM {schema}.log_namespace()::text THEN
        RAISE EXCEPTION 'events get into %.% only by the functions append_batch and begin_import of %',
            TG_TABLE_SCHEMA, TG_TABLE_NAME, TG_TABLE_SCHEMA
            USING ERRCODE = 'restrict_violation',
                  HINT = 'They take the locks that readers and other writers rely on.';
    END IF;
    RETURN NULL;
END
$function$;

CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON {schema}.events
    FOR EACH STATEMENT EXECUTE FUNCTION {schema}.refuse_change();
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON {schema}.event_tags
    FOR EACH STATEMENT EXECUTE FUNCTION {schema}.refuse_change();

CREATE TRIGGER gate BEFORE INSERT ON {schema}.events
    FOR EACH STATEMENT EXECUTE FUNCTION {schema}.refuse_side_door();
CREATE TRIGGER gate BEFORE INSERT ON {schema}.event_tags
    FOR EACH STATEMENT EXECUTE FUNCTION {schema}.refuse_side_door();
