-- The gate for the most common append, alone: one event for one stream, without tags, condition and receipt. It does what
-- append_batch does, in the same order (see 0003_append.sql), in one statement and without arrays.
--
-- It says where the event is, or why it is not recorded (the stream is elsewhere, or a read model is inline): append_batch knows that,
-- in the same call. An event id that is recorded already is an error of the unique index, and the caller asks append_batch.
--
-- Locks of one event without tags are three: its stream's, its name's and the log's. Sorted by key.
CREATE FUNCTION {schema}.append_one(
    IN class_1 integer, IN object_1 integer, IN exclusive_1 boolean,
    IN class_2 integer, IN object_2 integer, IN exclusive_2 boolean,
    IN class_3 integer, IN object_3 integer, IN exclusive_3 boolean,
    -- Expected: -1 any version, -2 any but none, else exactly this.
    IN stream_category text, IN stream_key text, IN stream_expected bigint,
    IN new_id uuid, IN new_name text, IN new_schema_version integer, IN new_payload text, IN new_metadata text,
    IN new_correlation uuid, IN new_causation uuid,
    OUT recorded_version bigint, OUT recorded_position bigint,
    -- What append_batch says, or nulls.
    OUT refused_appends integer[], OUT refused_reasons text[], OUT refused_streams integer[], OUT refused_numbers bigint[],
    OUT recorded_streams integer[], OUT recorded_versions bigint[], OUT recorded_positions bigint[],
    OUT tail_streams integer[], OUT tail_versions bigint[], OUT tail_positions bigint[], OUT tail_times bigint[],
    OUT tail_ids uuid[], OUT tail_correlations uuid[], OUT tail_causations uuid[], OUT tail_schema_versions integer[],
    OUT tail_names text[], OUT tail_tags text[], OUT tail_metadatas text[], OUT tail_payloads text[]
) LANGUAGE plpgsql VOLATILE AS $function$
DECLARE
    done boolean;
    gate text;
BEGIN
    IF current_setting('transaction_isolation') <> 'read committed' THEN
        RAISE EXCEPTION 'append_one needs a transaction that is READ COMMITTED'
            USING ERRCODE = 'feature_not_supported';
    END IF;

    -- 1. Wait for whoever is in the way.
    IF exclusive_1 THEN
        done := pg_advisory_xact_lock(class_1, object_1) IS NULL;
    ELSE
        done := pg_advisory_xact_lock_shared(class_1, object_1) IS NULL;
    END IF;
    IF exclusive_2 THEN
        done := pg_advisory_xact_lock(class_2, object_2) IS NULL;
    ELSE
        done := pg_advisory_xact_lock_shared(class_2, object_2) IS NULL;
    END IF;
    IF exclusive_3 THEN
        done := pg_advisory_xact_lock(class_3, object_3) IS NULL;
    ELSE
        done := pg_advisory_xact_lock_shared(class_3, object_3) IS NULL;
    END IF;

    -- 2. The floor. Before the look at the stream, since the look and the write are one statement: nothing waits any more.
    -- The function says nothing while the sequence has not been called, as the column's `is_called` does.
    done := pg_advisory_xact_lock_shared(
        ({schema}.log_namespace() << 48) | COALESCE(pg_sequence_last_value('{schema}.positions'::regclass), 0)
    ) IS NULL;

    -- 3. Look and write, in a statement whose snapshot is younger than the locks.
    gate := set_config('cqrs.gate', {schema}.log_namespace()::text, true);
    INSERT INTO {schema}.events (position, version, recorded_at, event_id, correlation_id, causation_id,
                                 schema_version, category, key, name, metadata, payload)
    SELECT nextval('{schema}.positions'), s.current + 1, clock_timestamp(), new_id, new_correlation, new_causation,
           new_schema_version, stream_category, stream_key, new_name, new_metadata::json, new_payload::json
    FROM (
        -- OFFSET keeps the planner from asking twice.
        SELECT COALESCE((
            SELECT e.version FROM {schema}.events e
            WHERE e.category = stream_category AND e.key = stream_key ORDER BY e.version DESC LIMIT 1
        ), 0) AS current OFFSET 0
    ) s
    WHERE CASE stream_expected WHEN -1 THEN true WHEN -2 THEN s.current > 0 ELSE s.current = stream_expected END
      -- Read models that have to be written with it, or left to the runners first: see 0011_inline.sql.
      AND NOT EXISTS (
          SELECT FROM {schema}.generations g WHERE g.inline_names IS NOT NULL AND new_name = ANY (g.inline_names)
      )
    RETURNING version, position INTO recorded_version, recorded_position;
    gate := set_config('cqrs.gate', '', true);
    IF recorded_version IS NOT NULL THEN
        RETURN;
    END IF;

    -- 4. Why not? With all locks in hand nothing has changed meanwhile.
    SELECT b.refused_appends, b.refused_reasons, b.refused_streams, b.refused_numbers,
           b.recorded_streams, b.recorded_versions, b.recorded_positions,
           b.tail_streams, b.tail_versions, b.tail_positions, b.tail_times, b.tail_ids, b.tail_correlations,
           b.tail_causations, b.tail_schema_versions, b.tail_names, b.tail_tags, b.tail_metadatas, b.tail_payloads
    INTO refused_appends, refused_reasons, refused_streams, refused_numbers,
         recorded_streams, recorded_versions, recorded_positions,
         tail_streams, tail_versions, tail_positions, tail_times, tail_ids, tail_correlations,
         tail_causations, tail_schema_versions, tail_names, tail_tags, tail_metadatas, tail_payloads
    FROM {schema}.append_batch(
        NULL, NULL, NULL, ARRAY[0], ARRAY[stream_category], ARRAY[stream_key], ARRAY[stream_expected],
        NULL, NULL, NULL, NULL, NULL,
        ARRAY[new_id], ARRAY[new_name], ARRAY[new_schema_version], ARRAY[new_payload], ARRAY[new_metadata],
        ARRAY[new_correlation], ARRAY[new_causation], NULL,
        NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, false
    ) b;
END
$function$;
