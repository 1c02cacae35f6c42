-- The gate for the most common append, alone: one event for one stream, without tags, condition and receipt. It does what
-- append_batch does, in the same order (see 0003_append.sql), in one statement and without arrays.
--
-- It says what append_batch would say. Where the event is not recorded (the stream is elsewhere, or a read model is inline),
-- append_batch does, in the same call. An event id that is recorded already is an error of the unique index, and the caller asks
-- append_batch.
--
-- Locks of one event without tags are three: its stream's, its name's and the log's. Sorted by key.
CREATE FUNCTION {schema}.append_one(
    IN class_1 integer, IN object_1 integer, IN exclusive_1 boolean,
    IN class_2 integer, IN object_2 integer, IN exclusive_2 boolean,
    IN class_3 integer, IN object_3 integer, IN exclusive_3 boolean,
    -- Expected: -1 any version, -2 any but none, else exactly this.
    IN stream_category text, IN stream_key text, IN stream_expected bigint,
    IN new_id uuid, IN new_name text, IN new_schema_version integer, IN new_payload text, IN new_metadata text,
    IN new_correlation uuid, IN new_causation uuid
) RETURNS text LANGUAGE plpgsql VOLATILE AS $function$
DECLARE
    said text;
BEGIN
    -- One expression, since each one is made ready anew in each transaction. CASE keeps the order, and nothing here is ever null
    -- except what is not read committed.
    IF (CASE
        WHEN current_setting('transaction_isolation') <> 'read committed' THEN true
        -- 1. Wait for whoever is in the way.
        WHEN CASE WHEN exclusive_1 THEN pg_advisory_xact_lock(class_1, object_1) IS NULL
                  ELSE pg_advisory_xact_lock_shared(class_1, object_1) IS NULL END THEN true
        WHEN CASE WHEN exclusive_2 THEN pg_advisory_xact_lock(class_2, object_2) IS NULL
                  ELSE pg_advisory_xact_lock_shared(class_2, object_2) IS NULL END THEN true
        WHEN CASE WHEN exclusive_3 THEN pg_advisory_xact_lock(class_3, object_3) IS NULL
                  ELSE pg_advisory_xact_lock_shared(class_3, object_3) IS NULL END THEN true
        -- 2. The floor. Before the look at the stream, since the look and the write are one statement: nothing waits any more.
        -- The function says nothing while the sequence has not been called, as the column's `is_called` does.
        WHEN pg_advisory_xact_lock_shared(
            ({schema}.log_namespace() << 48) | COALESCE(pg_sequence_last_value('{schema}.positions'::regclass), 0)
        ) IS NULL THEN true
        -- The gate opens.
        ELSE set_config('cqrs.gate', {schema}.log_namespace()::text, true) IS NULL
    END) THEN
        RAISE EXCEPTION 'append_one needs a transaction that is READ COMMITTED'
            USING ERRCODE = 'feature_not_supported';
    END IF;

    -- 3. Look and write, in a statement whose snapshot is younger than the locks. The gate closes behind the row. Read models
    -- that have to be written with it, or left to the runners first: see 0011_inline.sql.
    IF stream_expected >= 0 THEN
        INSERT INTO {schema}.events (position, version, recorded_at, event_id, correlation_id, causation_id,
                                     schema_version, category, key, name, tags, metadata, payload)
        SELECT nextval('{schema}.positions'), stream_expected + 1, clock_timestamp(), new_id, new_correlation, new_causation,
               new_schema_version, stream_category, stream_key, new_name, NULL::text[], new_metadata::json, new_payload::json
        WHERE stream_expected = COALESCE((
                SELECT e.version FROM {schema}.events e
                WHERE e.category = stream_category AND e.key = stream_key ORDER BY e.version DESC LIMIT 1
            ), 0)
          AND NOT EXISTS (
              SELECT FROM {schema}.generations g WHERE g.inline_names IS NOT NULL AND new_name = ANY (g.inline_names)
          )
        RETURNING set_config('cqrs.gate', '', true)
            || '{"before":[' || version - 1 || '],"positions":[' || position || ']}' INTO said;
    ELSE
        INSERT INTO {schema}.events (position, version, recorded_at, event_id, correlation_id, causation_id,
                                     schema_version, category, key, name, tags, metadata, payload)
        SELECT nextval('{schema}.positions'), s.current + 1, clock_timestamp(), new_id, new_correlation, new_causation,
               new_schema_version, stream_category, stream_key, new_name, NULL::text[], new_metadata::json, new_payload::json
        FROM (
            -- OFFSET keeps the planner from asking twice.
            SELECT COALESCE((
                SELECT e.version FROM {schema}.events e
                WHERE e.category = stream_category AND e.key = stream_key ORDER BY e.version DESC LIMIT 1
            ), 0) AS current OFFSET 0
        ) s
        WHERE (stream_expected = -1 OR s.current > 0)
          AND NOT EXISTS (
              SELECT FROM {schema}.generations g WHERE g.inline_names IS NOT NULL AND new_name = ANY (g.inline_names)
          )
        RETURNING set_config('cqrs.gate', '', true)
            || '{"before":[' || version - 1 || '],"positions":[' || position || ']}' INTO said;
    END IF;
    IF said IS NOT NULL THEN
        RETURN said;
    END IF;

    -- 4. Why not? With all locks in hand nothing has changed meanwhile.
    RETURN {schema}.append_batch(
        NULL, NULL, NULL, ARRAY[0], ARRAY[stream_category], ARRAY[stream_key], ARRAY[stream_expected],
        NULL, NULL, NULL, NULL,
        ARRAY[new_id], ARRAY[new_name], ARRAY[new_schema_version], ARRAY[new_payload], ARRAY[new_metadata],
        ARRAY[new_correlation], ARRAY[new_causation], NULL,
        NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, false
    );
END
$function$;
