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
--  4. Streams are looked at and rows are written in one statement. Stream versions and idempotency keys can't collide any
--     more. An event id can: then the batch is rolled back and called again, and looks for its ids first.
--
-- Appends are numbered by the caller, streams and events count from 1 in the order of the arrays: the events of a
-- stream stand together, the streams of an append too. What nearly every call would fill with the same is null then, which
-- costs nothing: an array costs as much as reading a row for each ten of its elements.
CREATE FUNCTION {schema}.append_batch(
    -- The locks, sorted by key.
    IN lock_classes integer[], IN lock_objects integer[], IN lock_exclusives boolean[],
    -- The streams. Expected: -1 any version, -2 any but none, else exactly this.
    IN stream_appends integer[], IN stream_categories text[], IN stream_keys text[], IN stream_expecteds bigint[],
    -- The events: of which stream, and its number there; nulls when each stream has one event.
    IN event_streams integer[], IN event_numbers integer[],
    IN event_categories text[], IN event_keys text[],
    -- Tags are separated by spaces, which no tag contains. Null where no event has one; so are versions that are all 1.
    IN event_ids uuid[], IN event_names text[], IN event_schema_versions integer[], IN event_payloads text[],
    IN event_metadatas text[], IN event_correlations uuid[], IN event_causations uuid[], IN event_tags text[],
    -- The receipts, or nulls.
    IN receipt_appends integer[], IN receipt_keys text[], IN receipt_commands text[], IN receipt_categories text[],
    IN receipt_stream_keys text[], IN receipt_versions bigint[], IN receipt_positions bigint[], IN receipt_replies text[],
    -- The conditions, or nulls: index probes that together find what must not be there. See read_log_filtered.sql. Where all
    -- are of the kind 'tag', kinds is null; so is what restricts none of them.
    IN probe_appends integer[], IN probe_afters bigint[], IN probe_kinds text[], IN probe_values text[],
    IN probe_categories text[], IN probe_names text[], IN probe_tags text[],
    -- Whether an event id may be recorded already although its stream is where it is expected. Otherwise the index finds out.
    IN looks_for_ids boolean
) RETURNS text LANGUAGE plpgsql VOLATILE AS $function$
-- What became of it, as JSON. One text, since a row of many columns costs more than the look at a stream and its write: the server
-- makes the row's type anew for each call. docs/decisions/0072-an-answer-is-one-text.md
--
-- before: the version of each stream before, also of those that are refused.
-- positions: of each event that is recorded, in their order; null if none is.
-- refused: appends that record nothing, each once; only if there are any. Reasons: 'receipt', 'event_id', 'version' (of
--   which stream it is number), 'condition' (number is the position of a matching event), or 'inline': the read models that are
--   written with its events are others than those that the setting cqrs.inline names, `name#2` and so on with spaces between them.
-- tail: what was recorded in streams that are further than an exact expectation: as much of it as is small. Times are
--   microseconds since 2000.
DECLARE
    currents         bigint[];
    positions        bigint[];
    refused_appends  integer[];
    repeated_appends integer[];
    known_appends    integer[];
    failed_appends   integer[];
    failed_numbers   bigint[];
    inline_appends   integer[];
    written          text[];
    moment           timestamptz;
    refusals         json;
    tail             json;
BEGIN
    -- A later statement would not see what was committed while this one waited for its locks.
    IF current_setting('transaction_isolation') <> 'read committed' THEN
        RAISE EXCEPTION 'append_batch needs a transaction that is READ COMMITTED'
            USING ERRCODE = 'feature_not_supported';
    END IF;

    -- 1. Wait for whoever is in the way, in the order of the arrays. They are unnested in the select list, here and below: a function
    -- in FROM puts each of its arrays into a store of its own first.
    PERFORM CASE WHEN l.exclusive THEN pg_advisory_xact_lock(l.class, l.object)
                 ELSE pg_advisory_xact_lock_shared(l.class, l.object) END
    FROM (SELECT unnest(lock_classes) AS class, unnest(lock_objects) AS object, unnest(lock_exclusives) AS exclusive) l;

    -- 2. What was recorded before, besides the streams' versions?
    IF looks_for_ids THEN
        SELECT array_agg(DISTINCT stream_appends[COALESCE(i.stream, i.place::integer)]) INTO repeated_appends
        FROM unnest(event_streams, event_ids) WITH ORDINALITY AS i(stream, event_id, place)
        WHERE (SELECT true FROM {schema}.events e WHERE e.event_id = i.event_id);
    END IF;

    IF receipt_appends IS NOT NULL THEN
        SELECT array_agg(DISTINCT r.append) INTO known_appends
        FROM unnest(receipt_appends, receipt_keys) AS r(append, key)
        WHERE (SELECT true FROM {schema}.receipts k WHERE k.key = r.key);
    END IF;

    IF probe_appends IS NOT NULL AND probe_kinds IS NULL THEN
        -- What nearly all conditions are about, in a statement of few parts: each one is made ready anew for each call.
        SELECT array_agg(f.append), array_agg(f.position) INTO failed_appends, failed_numbers
        FROM (
            SELECT p.append, (
                SELECT t.position
                FROM {schema}.event_tags t
                WHERE (t.tag, t.position) > (p.value, p.after) AND (t.tag, t.position) <= (p.value, 9223372036854775807)
                  AND (COALESCE(p.categories, p.names, p.tags) IS NULL OR (
                      SELECT true FROM {schema}.events e
                      WHERE e.position = t.position
                        AND (p.categories IS NULL OR e.category = ANY (string_to_array(p.categories, ' ')))
                        AND (p.names IS NULL OR e.name = ANY (string_to_array(p.names, ' ')))
                        AND (p.tags IS NULL OR e.tags @> string_to_array(p.tags, ' '))
                  ))
                ORDER BY t.tag, t.position LIMIT 1
            ) AS position
            FROM (SELECT unnest(probe_appends) AS append, unnest(probe_afters) AS after, unnest(probe_values) AS value,
                         unnest(probe_categories) AS categories, unnest(probe_names) AS names, unnest(probe_tags) AS tags) p
            -- OFFSET keeps the planner from asking twice.
            OFFSET 0
        ) f
        WHERE f.position IS NOT NULL;
    ELSIF probe_appends IS NOT NULL THEN
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
                 WHERE p.kind = 'category' AND (e.category COLLATE "POSIX", e.position) > (p.value, p.after)
                   AND (e.category COLLATE "POSIX", e.position) <= (p.value, 9223372036854775807)
                 ORDER BY e.category COLLATE "POSIX", e.position LIMIT 1)
                UNION ALL
                (SELECT e.position FROM {schema}.events e
                 WHERE p.kind = 'all' AND e.position > p.after
                 ORDER BY e.position LIMIT 1)
            ) m
            ORDER BY p.append, m.position
        ) f;
    END IF;

    -- See 0011_inline.sql.
    IF current_setting('cqrs.inline', true) <> '' OR (
        SELECT true FROM {schema}.generations g WHERE g.inline_names IS NOT NULL ORDER BY g.id LIMIT 1
    ) THEN
        written := string_to_array(NULLIF(current_setting('cqrs.inline', true), ''), ' ');
        SELECT array_agg(DISTINCT stream_appends[COALESCE(e.stream, e.place::integer)]) INTO inline_appends
        FROM unnest(event_streams, event_names) WITH ORDINALITY AS e(stream, name, place)
        WHERE EXISTS (
            SELECT FROM {schema}.generations g
            WHERE g.inline_names IS NOT NULL AND e.name = ANY (g.inline_names)
              AND g.processor || '#' || g.number <> ALL (COALESCE(written, '{}'))
        ) OR (
            SELECT count(*) FROM {schema}.generations g
            WHERE g.inline_names IS NOT NULL AND g.processor || '#' || g.number = ANY (written)
        ) <> COALESCE(cardinality(written), 0);
    END IF;

    -- 3. The floor. Before the look at the streams, since the look and the write are one statement: nothing waits any more.
    -- The function says nothing while the sequence has not been called, as the column's `is_called` does. Then the gate opens. One
    -- expression, since each one is made ready anew in each transaction; CASE keeps the order.
    moment := CASE
        WHEN pg_advisory_xact_lock_shared(
            ({schema}.log_namespace() << 48) | COALESCE(pg_sequence_last_value('{schema}.positions'::regclass), 0)
        ) IS NULL OR set_config('cqrs.gate', {schema}.log_namespace()::text, true) IS NULL THEN NULL
        ELSE clock_timestamp()
    END;

    -- 4. Look and write, in a statement whose snapshot is younger than the locks.
    WITH seen AS MATERIALIZED (
        SELECT array_agg(s.current) AS currents,
               array_agg(s.append) FILTER (WHERE NOT CASE s.expected
                   WHEN -1 THEN true WHEN -2 THEN s.current > 0 ELSE s.current = s.expected
               END) || repeated_appends || known_appends || failed_appends || inline_appends || '{}' AS refused
        FROM (
            -- OFFSET keeps the planner from asking twice.
            SELECT u.append, u.expected, COALESCE((
                SELECT e.version FROM {schema}.events e
                WHERE e.category = u.category AND e.key = u.key ORDER BY e.version DESC LIMIT 1
            ), 0) AS current
            FROM (SELECT unnest(stream_appends) AS append, unnest(stream_categories) AS category, unnest(stream_keys) AS key,
                         unnest(stream_expecteds) AS expected) u OFFSET 0
        ) s
    ), stored AS (
        INSERT INTO {schema}.events (position, version, recorded_at, event_id, correlation_id, causation_id,
                                     schema_version, category, key, name, tags, metadata, payload)
        SELECT nextval('{schema}.positions'), s.currents[COALESCE(e.stream, e.place)] + COALESCE(e.number, 1), moment,
               e.event_id, e.correlation_id, e.causation_id, COALESCE(e.schema_version, 1), e.category, e.key, e.name,
               string_to_array(e.tags, ' '), e.metadata::json, e.payload::json
        FROM seen s
        CROSS JOIN (
            SELECT unnest(event_streams) AS stream, unnest(event_numbers) AS number,
                   unnest(COALESCE(event_categories, stream_categories)) AS category,
                   unnest(COALESCE(event_keys, stream_keys)) AS key, unnest(event_ids) AS event_id, unnest(event_names) AS name,
                   unnest(event_schema_versions) AS schema_version, unnest(event_payloads) AS payload,
                   unnest(event_metadatas) AS metadata, unnest(event_correlations) AS correlation_id,
                   unnest(event_causations) AS causation_id, unnest(event_tags) AS tags,
                   generate_subscripts(event_ids, 1) AS place
        ) e
        WHERE stream_appends[COALESCE(e.stream, e.place)] <> ALL (s.refused)
        RETURNING position
    )
    SELECT s.currents, s.refused, (SELECT array_agg(r.position) FROM stored r)
    INTO currents, refused_appends, positions
    FROM seen s;

    IF event_tags IS NOT NULL AND positions IS NOT NULL THEN
        INSERT INTO {schema}.event_tags (tag, position)
        SELECT unnest(string_to_array(r.tags, ' ')), positions[r.number]
        FROM (
            SELECT e.tags, row_number() OVER () AS number
            FROM (SELECT unnest(event_streams) AS stream, unnest(event_tags) AS tags, generate_subscripts(event_ids, 1) AS place) e
            WHERE stream_appends[COALESCE(e.stream, e.place)] <> ALL (refused_appends)
        ) r;
    END IF;

    IF receipt_appends IS NOT NULL THEN
        INSERT INTO {schema}.receipts (key, command, category, stream_key, version, position, reply, recorded_at)
        SELECT r.key, r.command, r.category, r.stream_key, r.version, COALESCE(p.position, r.position), r.reply::json, moment
        FROM unnest(receipt_appends, receipt_keys, receipt_commands, receipt_categories, receipt_stream_keys,
                    receipt_versions, receipt_positions, receipt_replies)
             AS r(append, key, command, category, stream_key, version, position, reply)
        LEFT JOIN (
            SELECT w.append, max(positions[w.number]) AS position
            FROM (
                SELECT stream_appends[COALESCE(e.stream, e.place)] AS append, row_number() OVER () AS number
                FROM (SELECT unnest(event_streams) AS stream, generate_subscripts(event_ids, 1) AS place) e
                WHERE stream_appends[COALESCE(e.stream, e.place)] <> ALL (refused_appends)
            ) w
            GROUP BY 1
        ) p ON p.append = r.append
        WHERE r.append <> ALL (refused_appends);
    END IF;
    -- Nobody records what is not whole: see 0011_inline.sql.
    IF written IS NOT NULL AND positions IS NOT NULL THEN
        INSERT INTO {schema}.begun_inline (position) VALUES (positions[1]);
        DELETE FROM {schema}.begun_inline b WHERE b.position = positions[1];
    END IF;
    IF refused_appends = '{}' THEN
        -- The gate closes. Then what json_build_object would say, which looks for the types of all that it is given.
        RETURN set_config('cqrs.gate', '', true) || '{"before":[' || COALESCE(btrim(currents::text, '{}'), '')
            || COALESCE('],"positions":[' || btrim(positions::text, '{}'), '') || ']}';
    END IF;

    PERFORM set_config('cqrs.gate', '', true);

    -- 5. Why not? The first reason counts: what was done before is answered before anything else.
    SELECT json_agg(f) INTO refusals
    FROM (
        SELECT DISTINCT ON (f.append) f.append, f.reason, f.stream, f.number
        FROM (
            SELECT i.append, 1 AS rank, 'event_id' AS reason, 0 AS stream, 0::bigint AS number
            FROM (
                SELECT stream_appends[COALESCE(u.stream, u.place::integer)] AS append, u.event_id
                FROM unnest(event_streams, event_ids) WITH ORDINALITY AS u(stream, event_id, place) OFFSET 0
            ) i
            WHERE i.append = ANY (refused_appends)
              AND (SELECT true FROM {schema}.events e WHERE e.event_id = i.event_id)
            UNION ALL
            SELECT k.append, 2, 'receipt', 0, 0 FROM unnest(known_appends) AS k(append)
            UNION ALL
            SELECT s.append, 3, 'version', s.place::integer, currents[s.place]
            FROM unnest(stream_appends, stream_expecteds) WITH ORDINALITY AS s(append, expected, place)
            WHERE NOT CASE s.expected
                WHEN -1 THEN true WHEN -2 THEN currents[s.place] > 0 ELSE currents[s.place] = s.expected
            END
            UNION ALL
            SELECT c.append, 4, 'condition', 0, c.position FROM unnest(failed_appends, failed_numbers) AS c(append, position)
            UNION ALL
            SELECT n.append, 5, 'inline', 0, 0 FROM unnest(inline_appends) AS n(append)
        ) f
        ORDER BY f.append, f.rank, f.stream, f.number
    ) f;

    -- 6. What else is there? Whoever decides again needs it. A part of a stream is enough to be of use, and no answer is large.
    SELECT json_agg(t ORDER BY t.stream, t.version) INTO tail
    FROM (
        SELECT e.stream, e.version, e.position, e.time, e.id, e.correlation, e.causation, e.schema_version, e.name, e.tags,
               e.metadata, e.payload,
               sum(octet_length(e.payload) + COALESCE(octet_length(e.metadata), 0)) OVER (ORDER BY e.stream, e.version) AS bytes
        FROM (
            SELECT r.stream, e.version, e.position, e.event_id AS id, e.correlation_id AS correlation,
                   e.causation_id AS causation, e.schema_version, e.name, array_to_string(e.tags, ' ') AS tags,
                   e.metadata::text AS metadata, e.payload::text AS payload,
                   CASE WHEN isfinite(e.recorded_at)
                        THEN (extract(epoch FROM e.recorded_at - '2000-01-01Z'::timestamptz) * 1000000)::bigint END AS time
            FROM json_to_recordset(refusals) AS r(reason text, stream integer)
            CROSS JOIN LATERAL (
                SELECT * FROM {schema}.events e
                WHERE e.category = stream_categories[r.stream] AND e.key = stream_keys[r.stream]
                  AND e.version > stream_expecteds[r.stream]
                ORDER BY e.version LIMIT 100
            ) e
            WHERE r.reason = 'version' AND stream_expecteds[r.stream] >= 0
        ) e
    ) t
    WHERE t.bytes <= 262144;

    RETURN json_build_object('before', currents, 'positions', positions, 'refused', refusals, 'tail', tail)::text;
END
$function$;
