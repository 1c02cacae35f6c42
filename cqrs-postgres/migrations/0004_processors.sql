-- Processors: their generations, how far each partition has come, and what they keep.
--
-- Everything of a generation hangs on its id, a number that is used once: four bytes in each row and index entry, and
-- whoever still works for a dropped generation finds nothing.
--
-- Who waits for whom. Everybody takes locks in this order, so nobody waits in a circle:
--
--   1. the row of the processor        declare, begin a generation, switch, drop
--   2. rows of generations, by id      those, and hold, leave
--   3. rows of nodes                   hold, leave
--   4. rows of partitions, by generation and number: all of them, and advance, release, ask
--   5. what belongs to a partition: documents, parked events, staged commands. Only whoever has locked the partition
--      writes there, so nobody waits any more.
--
-- An advance holds nothing but partitions, for the time of one statement and its commit.

CREATE TABLE {schema}.processors (
    name            text    COLLATE "C" NOT NULL CONSTRAINT processors_name PRIMARY KEY,
    kind            text                NOT NULL,
    -- The number of the last generation that ever began. None is used again: a node that still works for a dropped
    -- generation must never be taken for one that works for a new one.
    last_generation integer             NOT NULL DEFAULT 0,
    -- After which position generations start that start now: the end of the log when the first of them began.
    starts_now      bigint,
    -- Of a projection: the schema in which readers find the live generation's tables. See 0008_projections.sql.
    place           text    COLLATE "C"
);

CREATE TABLE {schema}.generations (
    id         integer     GENERATED ALWAYS AS IDENTITY CONSTRAINT generations_id PRIMARY KEY,
    processor  text        COLLATE "C" NOT NULL REFERENCES {schema}.processors (name),
    number     integer     NOT NULL,
    version    integer     NOT NULL,
    partitions integer     NOT NULL,
    state      text        NOT NULL CONSTRAINT generations_state CHECK (state IN ('building', 'live', 'inline', 'retired')),
    -- After which position it started.
    start      bigint      NOT NULL,
    began_at   timestamptz NOT NULL DEFAULT clock_timestamp(),
    -- While it is inline: the names of the events whose appends write it, and the locks of whoever changes that. See
    -- 0011_inline.sql.
    inline_names      text[] COLLATE "C",
    inline_classes    integer[],
    inline_objects    integer[],
    inline_exclusives boolean[],
    CONSTRAINT generations_number UNIQUE (processor, number),
    CONSTRAINT generations_inline_named CHECK ((state = 'inline') = (inline_names IS NOT NULL))
);

-- P4: the database itself refuses a second one.
CREATE UNIQUE INDEX generations_live ON {schema}.generations (processor) WHERE state IN ('live', 'inline');
-- Nearly always empty: every append asks it.
CREATE INDEX generations_inline ON {schema}.generations (id) WHERE inline_names IS NOT NULL;
CREATE UNIQUE INDEX generations_building ON {schema}.generations (processor) WHERE state = 'building';

-- Small rows that change all the time. No column that changes is in an index and each page has room for new versions, so
-- that each update stays on its page, and old versions go without a vacuum.
CREATE TABLE {schema}.partitions (
    generation  integer     NOT NULL,
    partition   integer     NOT NULL,
    checkpoint  bigint      NOT NULL,
    epoch       bigint      NOT NULL DEFAULT 0,
    lease_until timestamptz NOT NULL DEFAULT '-infinity',
    owner       text        COLLATE "C",
    CONSTRAINT partitions_partition PRIMARY KEY (generation, partition)
) WITH (fillfactor = 25);

-- The nodes that run a generation, until when they have said so.
CREATE TABLE {schema}.nodes (
    generation  integer     NOT NULL,
    node        text        COLLATE "C" NOT NULL,
    lease_until timestamptz NOT NULL,
    CONSTRAINT nodes_node PRIMARY KEY (generation, node)
) WITH (fillfactor = 25);

-- Documents of views, and the states of process managers. One index, and room for new versions on each page.
CREATE TABLE {schema}.documents (
    position   bigint  NOT NULL,
    generation integer NOT NULL,
    key        text    COLLATE "C" NOT NULL,
    -- As for payloads: the bytes stay as they were given.
    content    json    NOT NULL,
    CONSTRAINT documents_key PRIMARY KEY (generation, key)
) WITH (fillfactor = 85);

CREATE TABLE {schema}.parked (
    position   bigint      NOT NULL,
    generation integer     NOT NULL,
    partition  integer     NOT NULL,
    parked_at  timestamptz NOT NULL DEFAULT clock_timestamp(),
    -- All null when it only waits behind another one.
    attempts   bigint,
    retry_at   timestamptz,
    error      text,
    request    text        CONSTRAINT parked_request_known CHECK (request IN ('replay', 'discard')),
    key        text        COLLATE "C" NOT NULL,
    CONSTRAINT parked_key PRIMARY KEY (generation, key, position)
);

CREATE INDEX parked_position ON {schema}.parked (generation, position, key);
-- Nearly always empty: every hold asks it.
CREATE INDEX parked_request ON {schema}.parked (generation, partition) WHERE request IS NOT NULL;

CREATE TABLE {schema}.staged (
    id             uuid        NOT NULL,
    due_at         timestamptz NOT NULL,
    position       bigint      NOT NULL,
    number         bigint      NOT NULL,
    attempts       bigint      NOT NULL,
    generation     integer     NOT NULL,
    partition      integer     NOT NULL,
    is_timer       boolean     NOT NULL,
    -- Somebody has to ask for it.
    is_parked      boolean     NOT NULL DEFAULT false,
    request        text        CONSTRAINT staged_request_known CHECK (request IN ('replay', 'discard')),
    key            text        COLLATE "C" NOT NULL,
    timer          text        COLLATE "C",
    correlation_id uuid,
    causation_id   uuid,
    metadata       json,
    command        json        NOT NULL,
    error          text,
    CONSTRAINT staged_id PRIMARY KEY (generation, id)
);

CREATE INDEX staged_due ON {schema}.staged (generation, partition, due_at, position, number) WHERE NOT is_parked;
-- Nearly always empty.
CREATE INDEX staged_unsent ON {schema}.staged (generation, position, id) WHERE attempts > 0;
CREATE INDEX staged_request ON {schema}.staged (generation, partition) WHERE request IS NOT NULL;
CREATE INDEX staged_timer ON {schema}.staged (generation, key) WHERE is_timer;
