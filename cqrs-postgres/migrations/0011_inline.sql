-- Inline generations: read models that the appends of their events write, in the append's own transaction. P1, P4.
--
-- While a generation is inline its row names the events. Every append looks at these rows, after it has taken its locks: one
-- that does not write a generation which it would have to, or writes one which is not inline, records nothing.
--
-- Whoever makes a generation inline, or ends that, takes the names of the events exclusively, as a condition on these names
-- does: every append of such an event holds them shared. So an append is before the change or after it, and no runner ever
-- writes what an append writes too. The locks are kept with the row, since only programs know how names are hashed, and
-- an append whose program knows nothing of the read model has to end it too.
--
-- The order of locks is that of 0004_processors.sql, and between the row of the processor and those of generations come
-- these. An append waits for none of those rows. One processor a transaction: with the names of one in hand nobody waits
-- for the row of another.

CREATE FUNCTION {schema}.lock_keys(IN classes integer[], IN objects integer[], IN exclusives boolean[]) RETURNS void
LANGUAGE plpgsql VOLATILE AS $function$
DECLARE
    done boolean;
BEGIN
    FOR n IN 1 .. cardinality(classes) LOOP
        IF exclusives[n] THEN
            done := pg_advisory_xact_lock(classes[n], objects[n]) IS NULL;
        ELSE
            done := pg_advisory_xact_lock_shared(classes[n], objects[n]) IS NULL;
        END IF;
    END LOOP;
END
$function$;

-- Up to where positions were drawn. Whoever has locked the names of a generation knows that its events up to here are there.
CREATE FUNCTION {schema}.end_of_log() RETURNS bigint LANGUAGE sql VOLATILE AS $function$
    SELECT CASE WHEN p.is_called THEN p.last_value ELSE 0 END FROM {schema}.positions p
$function$;

-- Moves the checkpoints of a generation to the end of the log, and takes its partitions from whoever holds them: a step that
-- is on its way is stale. The caller has locked the names.
CREATE FUNCTION {schema}.come_to_the_end(IN own integer) RETURNS void LANGUAGE plpgsql VOLATILE AS $function$
DECLARE
    reached bigint := {schema}.end_of_log();
BEGIN
    PERFORM FROM {schema}.partitions p WHERE p.generation = own ORDER BY p.partition FOR NO KEY UPDATE;
    UPDATE {schema}.partitions p
    SET checkpoint = GREATEST(p.checkpoint, reached), epoch = p.epoch + 1, owner = NULL, lease_until = '-infinity'
    WHERE p.generation = own;
END
$function$;

-- Makes a generation inline, if it has seen every event of these names and has nothing parked; says whether it is. It waits
-- for the runners a moment, while nobody appends such events.
CREATE FUNCTION {schema}.go_inline(
    IN of_processor text, IN of_number integer, IN names text[],
    IN classes integer[], IN objects integer[], IN exclusives boolean[],
    IN longest interval,
    OUT is_inline boolean
) LANGUAGE plpgsql VOLATILE
SET lock_timeout = '500ms' SET enable_seqscan = off SET jit = off
AS $function$
DECLARE
    own           {schema}.generations;
    before        {schema}.generations;
    hindmost      bigint;
    until         timestamptz;
BEGIN
    is_inline := false;
    PERFORM FROM {schema}.processors p WHERE p.name = of_processor FOR UPDATE;
    SELECT g.* INTO own FROM {schema}.generations g
    WHERE g.processor = of_processor AND g.number = of_number AND g.state <> 'retired';
    IF own.id IS NULL OR own.state = 'inline' THEN
        is_inline := own.id IS NOT NULL;
        RETURN;
    END IF;
    SELECT min(p.checkpoint) INTO hindmost FROM {schema}.partitions p WHERE p.generation = own.id;
    -- Nobody waits for one that is far behind.
    IF (SELECT count(*) FROM (
            SELECT FROM {schema}.events e WHERE e.name = ANY (names) AND e.position > hindmost LIMIT 1000
        ) behind) = 1000 THEN
        RETURN;
    END IF;
    SELECT g.* INTO before FROM {schema}.generations g
    WHERE g.processor = of_processor AND g.state IN ('live', 'inline') AND g.id <> own.id;

    -- Also the names of the one that was inline: what is appended to it must be all of what it gets.
    PERFORM {schema}.lock_keys(
        array_agg(k.class ORDER BY k.class, k.object), array_agg(k.object ORDER BY k.class, k.object),
        array_agg(k.exclusive ORDER BY k.class, k.object)
    )
    FROM (
        SELECT l.class, l.object, bool_or(l.exclusive) AS exclusive
        FROM (
            SELECT * FROM unnest(classes, objects, exclusives)
            UNION ALL
            SELECT * FROM unnest(before.inline_classes, before.inline_objects, before.inline_exclusives)
        ) l(class, object, exclusive)
        GROUP BY l.class, l.object
    ) k;
    until := clock_timestamp() + longest;
    LOOP
        SELECT min(p.checkpoint) INTO hindmost FROM {schema}.partitions p WHERE p.generation = own.id;
        EXIT WHEN NOT EXISTS (
            SELECT FROM unnest(names) AS n(name)
            CROSS JOIN LATERAL (
                SELECT FROM {schema}.events e
                WHERE e.name = n.name AND e.position > hindmost ORDER BY e.name, e.position LIMIT 1
            ) e
        );
        IF clock_timestamp() > until THEN
            RETURN;
        END IF;
        PERFORM pg_sleep(0.001);
    END LOOP;
    IF EXISTS (SELECT FROM {schema}.parked k WHERE k.generation = own.id) THEN
        RETURN;
    END IF;

    PERFORM FROM {schema}.generations g WHERE g.processor = of_processor AND g.state <> 'retired'
    ORDER BY g.id FOR NO KEY UPDATE;
    IF before.id IS NOT NULL THEN
        IF before.state = 'inline' THEN
            PERFORM {schema}.come_to_the_end(before.id);
        END IF;
        UPDATE {schema}.generations g
        SET state = 'retired', inline_names = NULL, inline_classes = NULL, inline_objects = NULL, inline_exclusives = NULL
        WHERE g.id = before.id;
    END IF;
    PERFORM {schema}.come_to_the_end(own.id);
    UPDATE {schema}.generations g
    SET state = 'inline', inline_names = names, inline_classes = classes, inline_objects = objects,
        inline_exclusives = exclusives
    WHERE g.id = own.id;
    PERFORM {schema}.expose_live(of_processor);
    is_inline := true;
END
$function$;

-- Leaves an inline generation to the runners, from the end of the log on. The caller has locked the row of the processor.
CREATE FUNCTION {schema}.end_inline(IN own integer) RETURNS void LANGUAGE plpgsql VOLATILE AS $function$
BEGIN
    PERFORM {schema}.lock_keys(g.inline_classes, g.inline_objects, g.inline_exclusives)
    FROM {schema}.generations g WHERE g.id = own AND g.state = 'inline';
    IF NOT FOUND THEN
        RETURN;
    END IF;
    PERFORM FROM {schema}.generations g WHERE g.id = own FOR NO KEY UPDATE;
    PERFORM {schema}.come_to_the_end(own);
    UPDATE {schema}.generations g
    SET state = 'live', inline_names = NULL, inline_classes = NULL, inline_objects = NULL, inline_exclusives = NULL
    WHERE g.id = own;
END
$function$;

-- Leaves one of the inline generations that read events of these names to the runners; says whether there was one.
CREATE FUNCTION {schema}.leave_inline(IN names text[], OUT has_left boolean) LANGUAGE plpgsql VOLATILE AS $function$
DECLARE
    of_processor text;
BEGIN
    SELECT g.processor INTO of_processor FROM {schema}.generations g
    WHERE g.inline_names IS NOT NULL AND g.inline_names && names ORDER BY g.id LIMIT 1;
    has_left := of_processor IS NOT NULL;
    IF has_left THEN
        PERFORM FROM {schema}.processors p WHERE p.name = of_processor FOR UPDATE;
        PERFORM {schema}.end_inline(g.id) FROM {schema}.generations g
        WHERE g.processor = of_processor AND g.state = 'inline';
    END IF;
END
$function$;

-- What read models need to know inside of the append that they are part of: the positions, versions and the time of its events, in
-- the order of their ids, and the documents that are there, by their places in the question. Keys to lock first, if any.
CREATE FUNCTION {schema}.inline_found(
    IN event_ids uuid[], IN lock_classes integer[], IN lock_objects integer[],
    IN document_processors text[], IN document_numbers integer[], IN document_keys text[],
    OUT positions bigint[], OUT versions bigint[], OUT recorded_at timestamptz,
    OUT found_places integer[], OUT found_positions bigint[], OUT found_contents text[]
) LANGUAGE plpgsql VOLATILE
SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off SET jit = off
SET plan_cache_mode = force_generic_plan
AS $function$
BEGIN
    IF lock_classes IS NOT NULL THEN
        PERFORM {schema}.lock_keys(lock_classes, lock_objects, array_fill(true, ARRAY[cardinality(lock_classes)]));
    END IF;
    IF event_ids IS NOT NULL THEN
        SELECT array_agg(e.position ORDER BY i.place), array_agg(e.version ORDER BY i.place), max(e.recorded_at)
        INTO positions, versions, recorded_at
        FROM unnest(event_ids) WITH ORDINALITY AS i(event_id, place)
        JOIN {schema}.events e ON e.event_id = i.event_id;
    END IF;
    IF document_keys IS NOT NULL THEN
        SELECT array_agg(k.place::integer), array_agg(d.position), array_agg(d.content::text)
        INTO found_places, found_positions, found_contents
        FROM unnest(document_processors, document_numbers, document_keys) WITH ORDINALITY AS k(processor, number, key, place)
        JOIN {schema}.generations g ON g.processor = k.processor AND g.number = k.number
        JOIN {schema}.documents d ON d.generation = g.id AND d.key = k.key;
    END IF;
END
$function$;

-- Writes documents inside of an append, as its last statement; null contents delete.
CREATE FUNCTION {schema}.write_inline(
    -- What the append's transaction said when it began.
    IN in_append text,
    IN document_processors text[], IN document_numbers integer[], IN document_keys text[],
    IN document_positions bigint[], IN document_contents text[]
) RETURNS void LANGUAGE plpgsql VOLATILE
SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off SET jit = off
SET plan_cache_mode = force_generic_plan
AS $function$
BEGIN
    IF in_append IS DISTINCT FROM current_setting('cqrs.inline', true) THEN
        RAISE EXCEPTION 'the transaction of the append is not the one that was begun for it'
            USING ERRCODE = 'invalid_transaction_state',
                  HINT = 'Do not end the transaction inside a projection: no COMMIT, no ROLLBACK.';
    END IF;
    -- From here on the transaction may commit: see the trigger events_whole.
    PERFORM set_config('cqrs.inline', '', true);
    IF document_keys IS NULL THEN
        RETURN;
    END IF;
    INSERT INTO {schema}.documents (generation, key, position, content)
    SELECT g.id, d.key, d.position, d.content::json
    FROM unnest(document_processors, document_numbers, document_keys, document_positions, document_contents)
         AS d(processor, number, key, position, content)
    JOIN {schema}.generations g ON g.processor = d.processor AND g.number = d.number
    WHERE d.content IS NOT NULL
    ON CONFLICT (generation, key) DO UPDATE SET position = EXCLUDED.position, content = EXCLUDED.content;
    DELETE FROM {schema}.documents o
    USING unnest(document_processors, document_numbers, document_keys, document_contents)
          AS d(processor, number, key, content), {schema}.generations g
    WHERE d.content IS NULL AND g.processor = d.processor AND g.number = d.number
      AND o.generation = g.id AND o.key = d.key;
END
$function$;

-- The events of an append are recorded before its read models are written, by users' code too. Where this commits, the
-- commit itself is refused: events without their read models are never there.
--
-- append_batch writes a row here in such an append, and takes it away again: the trigger looks when the transaction commits
-- whether `write_inline` has come to its end. On the events themselves it would cost every append, whether or not anything is
-- inline: a trigger's condition is read anew for each statement. Nothing is ever left in here.
CREATE UNLOGGED TABLE {schema}.begun_inline (
    position bigint NOT NULL CONSTRAINT begun_inline_position PRIMARY KEY
);

CREATE FUNCTION {schema}.refuse_half_append() RETURNS trigger LANGUAGE plpgsql AS $function$
BEGIN
    IF current_setting('cqrs.inline', true) <> '' THEN
        RAISE EXCEPTION 'the append at position % is not complete: read models are still to be written', NEW.position
            USING ERRCODE = 'invalid_transaction_termination',
                  HINT = 'Do not end the transaction inside a projection: no COMMIT, no ROLLBACK.';
    END IF;
    RETURN NULL;
END
$function$;

CREATE CONSTRAINT TRIGGER events_whole AFTER INSERT ON {schema}.begun_inline
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION {schema}.refuse_half_append();
