-- The gate: the only way into the log. One call records a batch of appends that touch nothing in common, each with an
-- outcome of its own.
--
-- Why it can't deadlock, and why nothing is missed:
--
--  1. All locks for which an append may have to wait are taken first, in one order (by key), before any other statement: streams
--     and idempotency keys exclusively; of what an append condition could see, the conditions' side exclusively and
--     the events' side shared. Whoever waits here holds only smaller keys.
--  2. What was recorded before is read in a later statement, whose snapshot is younger than the locks.
--  3. The floor comes after everything that waits, since whoever holds it holds the feed. It is shared: it never waits.
--  4. Rows are written last. Stream versions and idempotency keys can't collide any more. An event id can, when
--     somebody uses it for another stream at this moment: then the batch is rolled back and called again, and finds it.
--
-- Appends are numbered by the caller, streams and events count from 1 in the order of the arrays: the events of a
-- stream stand together, the streams of an append too.
CREATE FUNCTION {schema}.append_batch(
    -- The locks, sorted by key.
    IN lock_classes integer[], IN lock_objects integer[], IN lock_exclusives boolean[],
    -- The streams. Expected: -1 any version, -2 any but none, else exactly this.
    IN stream_appends integer[], IN stream_categories text[], IN stream_keys text[],
    IN stream_expecteds bigint[], IN stream_sizes integer[],
    -- The events. Tags are separated by spaces, which no tag contains.
    IN event_appends integer[], IN event_streams integer[], IN event_categories text[], IN event_keys text[],
    IN event_ids uuid[], IN event_names text[], IN event_schema_versions integer[], IN event_payloads text[],
    IN event_metadatas text[], IN event_correlations uuid[], IN event_causations uuid[], IN event_tags text[],
    -- The receipts, or nulls.
    IN receipt_appends integer[], IN receipt_keys text[], IN receipt_commands text[], IN receipt_categories text[],
    IN receipt_stream_keys text[], IN receipt_versions bigint[], IN receipt_positions bigint[], IN receipt_replies text[],
    -- The conditions, or nulls: index probes that together find what must not be there. See read_log_filtered.sql.
    IN probe_appends integer[], IN probe_afters bigint[], IN probe_kinds text[], IN probe_values text[],
    IN probe_categories text[], IN probe_names text[], IN probe_tags text[],
    -- Appends that record nothing, each once: 'receipt', 'event_id', 'version' (of which stream it is number),
    -- 'condition' (number is the position of a matching event), or 'inline': the read models that are written with its events
    -- are others than those that the setting cqrs.inline names, `name#2` and so on with spaces between them.
    OUT refused_appends integer[], OUT refused_reasons text[], OUT refused_streams integer[], OUT refused_numbers bigint[],
    -- The streams of all others, with their last version and position.
    OUT recorded_appends integer[], OUT recorded_streams integer[], OUT recorded_versions bigint[],
    OUT recorded_positions bigint[]
) LANGUAGE plpgsql VOLATILE AS $function$
DECLARE
    versions       bigint[];
    failed_appends integer[];
    failed_numbers bigint[];
    written        text[];
    floor_key      bigint;
    done           boolean;
    gate           text;
    moment         timestamptz;
BEGIN
    -- A later statement would not see what was committed while this one waited for its locks.
    IF current_setting('transaction_isolation') <> 'read committed' THEN
        RAISE EXCEPTION 'append_batch needs a transaction that is READ COMMITTED'
            USING ERRCODE = 'feature_not_supported';
    END IF;

    -- 1. Wait for whoever is in the way.
    FOR n IN 1 .. cardinality(lock_classes) LOOP
        IF lock_exclusives[n] THEN
            done := pg_advisory_xact_lock(lock_classes[n], lock_objects[n]) IS NULL;
        ELSE
            done := pg_advisory_xact_lock_shared(lock_classes[n], lock_objects[n]) IS NULL;
        END IF;
    END LOOP;

    -- 2. What was recorded before? The first reason counts: what was done before is answered before anything else.
    WITH streams AS MATERIALIZED (
        SELECT s.place, s.append, s.expected, s.size, COALESCE((
            SELECT e.version FROM {schema}.events e
            WHERE e.category = s.category AND e.key = s.key ORDER BY e.version DESC LIMIT 1
        ), 0) AS current
        FROM unnest(stream_appends, stream_categories, stream_keys, stream_expecteds, stream_sizes)
             WITH ORDINALITY AS s(append, category, key, expected, size, place)
    ), refusals AS (
        SELECT DISTINCT ON (f.append) f.append, f.reason, f.stream, f.number
        FROM (
            SELECT r.append, 2 AS rank, 'receipt' AS reason, 0 AS stream, 0::bigint AS number
            FROM unnest(receipt_appends, receipt_keys) AS r(append, key)
            WHERE (SELECT true FROM {schema}.receipts k WHERE k.key = r.key)
            UNION ALL
            SELECT i.append, 1, 'event_id', 0, 0
            FROM unnest(event_appends, event_ids) AS i(append, event_id)
            WHERE (SELECT true FROM {schema}.events e WHERE e.event_id = i.event_id)
            UNION ALL
            SELECT s.append, 3, 'version', s.place::integer, s.current
            FROM streams s
            WHERE NOT CASE s.expected WHEN -1 THEN true WHEN -2 THEN s.current > 0 ELSE s.current = s.expected END
        ) f
        ORDER BY f.append, f.rank, f.stream
    )
    SELECT COALESCE(r.appends, '{}'), COALESCE(r.reasons, '{}'), COALESCE(r.streams, '{}'), COALESCE(r.numbers, '{}'),
           v.versions
    INTO refused_appends, refused_reasons, refused_streams, refused_numbers, versions
    FROM (SELECT array_agg(f.append) AS appends, array_agg(f.reason) AS reasons, array_agg(f.stream) AS streams,
                 array_agg(f.number) AS numbers FROM refusals f) r,
         (SELECT array_agg(s.current + n ORDER BY s.place, n) AS versions
          FROM streams s, generate_series(1, s.size) AS n) v;

    IF probe_appends IS NOT NULL THEN
        SELECT array_agg(f.append), array_agg(f.position) INTO failed_appends, failed_numbers
        FROM (
            SELECT DISTINCT ON (p.append) p.append, m.position
            FROM unnest(probe_appends, probe_afters, probe_kinds, probe_values, probe_categories, probe_names, probe_tags)
                 AS p(append, after, kind, value, categories, names, tags)
            CROSS JOIN LATERAL (
                -- The tag leads: as a join, a plan that was made while the log was empty asks every event for the tag.
                (SELECT t.position
                 FROM {schema}.event_tags t
                 WHERE p.kind = 'tag' AND (t.tag, t.position) > (p.value, p.after)
                   AND (t.tag, t.position) <= (p.value, 9223372036854775807)
                   AND (COALESCE(p.categories, p.names, p.tags) IS NULL OR (
                       SELECT true FROM {schema}.events e
                       WHERE e.position = t.position
                         AND (p.categories IS NULL OR e.category = ANY (string_to_array(p.categories, ' ')))
                         AND (p.names IS NULL OR e.name = ANY (string_to_array(p.names, ' ')))
                         AND (p.tags IS NULL OR e.tags @> string_to_array(p.tags, ' '))
                   ))
                 ORDER BY t.tag, t.position LIMIT 1)
                UNION ALL
                (SELECT e.position FROM {schema}.events e
                 WHERE p.kind = 'name' AND (e.name, e.position) > (p.value, p.after)
                   AND (e.name, e.position) <= (p.value, 9223372036854775807)
                   AND (p.categories IS NULL OR e.category = ANY (string_to_array(p.categories, ' ')))
                 ORDER BY e.name, e.position LIMIT 1)
                UNION ALL
                (SELECT e.position FROM {schema}.events e
                 WHERE p.kind = 'category' AND (e.category, e.position) > (p.value, p.after)
                   AND (e.category, e.position) <= (p.value, 9223372036854775807)
                 ORDER BY e.category, e.position LIMIT 1)
                UNION ALL
                (SELECT e.position FROM {schema}.events e
                 WHERE p.kind = 'all' AND e.position > p.after
                 ORDER BY e.position LIMIT 1)
            ) m
            WHERE p.append <> ALL (refused_appends)
            ORDER BY p.append, m.position
        ) f;
        IF failed_appends IS NOT NULL THEN
            refused_appends := refused_appends || failed_appends;
            refused_reasons := refused_reasons || array_fill('condition'::text, ARRAY[cardinality(failed_appends)]);
            refused_streams := refused_streams || array_fill(0, ARRAY[cardinality(failed_appends)]);
            refused_numbers := refused_numbers || failed_numbers;
        END IF;
    END IF;

    -- See 0011_inline.sql.
    written := string_to_array(NULLIF(current_setting('cqrs.inline', true), ''), ' ');
    IF written IS NOT NULL OR (
        SELECT true FROM {schema}.generations g WHERE g.inline_names IS NOT NULL ORDER BY g.id LIMIT 1
    ) THEN
        SELECT array_agg(DISTINCT e.append) INTO failed_appends
        FROM unnest(event_appends, event_names) AS e(append, name)
        WHERE e.append <> ALL (refused_appends) AND (
            EXISTS (
                SELECT FROM {schema}.generations g
                WHERE g.inline_names IS NOT NULL AND e.name = ANY (g.inline_names)
                  AND g.processor || '#' || g.number <> ALL (COALESCE(written, '{}'))
            ) OR (
                SELECT count(*) FROM {schema}.generations g
                WHERE g.inline_names IS NOT NULL AND g.processor || '#' || g.number = ANY (written)
            ) <> COALESCE(cardinality(written), 0)
        );
        IF failed_appends IS NOT NULL THEN
            refused_appends := refused_appends || failed_appends;
            refused_reasons := refused_reasons || array_fill('inline'::text, ARRAY[cardinality(failed_appends)]);
            refused_streams := refused_streams || array_fill(0, ARRAY[cardinality(failed_appends)]);
            refused_numbers := refused_numbers || array_fill(0::bigint, ARRAY[cardinality(failed_appends)]);
        END IF;
    END IF;

    -- Nothing left to record: the feed need not wait for this transaction.
    IF refused_appends <> '{}' AND NOT EXISTS (
        SELECT FROM unnest(stream_appends || COALESCE(receipt_appends, '{}')) AS a(append)
        WHERE a.append <> ALL (refused_appends)
    ) THEN
        RETURN;
    END IF;

    -- 3. The floor.
    SELECT ({schema}.log_namespace() << 48) | CASE WHEN p.is_called THEN p.last_value ELSE 0 END INTO floor_key
    FROM {schema}.positions p;
    done := pg_advisory_xact_lock_shared(floor_key) IS NULL;

    -- 4. Write.
    moment := clock_timestamp();
    gate := set_config('cqrs.gate', {schema}.log_namespace()::text, true);
    WITH drawn AS MATERIALIZED (
        SELECT nextval('{schema}.positions') AS position, e.*
        FROM unnest(event_appends, event_streams, event_categories, event_keys, versions, event_ids, event_names,
                    event_schema_versions, event_payloads, event_metadatas, event_correlations, event_causations,
                    event_tags)
             AS e(append, stream, category, key, version, event_id, name, schema_version, payload, metadata,
                  correlation_id, causation_id, tags)
        WHERE e.append <> ALL (refused_appends)
    ), stored AS (
        INSERT INTO {schema}.events (position, version, recorded_at, event_id, correlation_id, causation_id,
                                     schema_version, category, key, name, tags, metadata, payload)
        SELECT d.position, d.version, moment, d.event_id, d.correlation_id, d.causation_id, d.schema_version,
               d.category, d.key, d.name, string_to_array(d.tags, ' '), d.metadata::json, d.payload::json
        FROM drawn d
    ), tagged AS (
        INSERT INTO {schema}.event_tags (tag, position)
        SELECT t.tag, d.position FROM drawn d CROSS JOIN LATERAL unnest(string_to_array(d.tags, ' ')) AS t(tag)
    )
    SELECT array_agg(r.append), array_agg(r.stream), array_agg(r.version), array_agg(r.position)
    INTO recorded_appends, recorded_streams, recorded_versions, recorded_positions
    FROM (SELECT d.append, d.stream, max(d.version) AS version, max(d.position) AS position
          FROM drawn d GROUP BY d.append, d.stream) r;
    gate := set_config('cqrs.gate', '', true);

    IF receipt_appends IS NOT NULL THEN
        INSERT INTO {schema}.receipts (key, command, category, stream_key, version, position, reply, recorded_at)
        SELECT r.key, r.command, r.category, r.stream_key, r.version, COALESCE(p.position, r.position), r.reply::json, moment
        FROM unnest(receipt_appends, receipt_keys, receipt_commands, receipt_categories, receipt_stream_keys,
                    receipt_versions, receipt_positions, receipt_replies)
             AS r(append, key, command, category, stream_key, version, position, reply)
        LEFT JOIN (SELECT w.append, max(w.position) AS position
                   FROM unnest(recorded_appends, recorded_positions) AS w(append, position) GROUP BY w.append) p
               ON p.append = r.append
        WHERE r.append <> ALL (refused_appends);
    END IF;
END
$function$;
