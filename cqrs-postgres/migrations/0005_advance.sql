-- The one step of a processor: P1, P2, P3, P6.
--
-- The checkpoints come first. Their rows are locked in order of the partitions, by a statement that finds only those that
-- are held in the epoch given and stand at the checkpoint given: another owner, and an advance that was lost and is
-- done again, find their row changed. From then on nobody else writes to what belongs to these partitions.
--
-- Its settings are its own, since it runs in transactions of users too: each statement has an index to go by, whatever
-- the tables looked like when its plan was made, and is planned once: planning takes longer than running.
CREATE FUNCTION {schema}.advance(
    IN of_processor text, IN of_number integer,
    -- Inside a transaction of a user: the place in which it began. Otherwise null.
    IN in_place text,
    -- The partitions, in order.
    IN partition_numbers integer[], IN partition_epochs bigint[], IN partition_froms bigint[],
    IN partition_throughs bigint[],
    -- Whatever follows is null when there is nothing of it. Documents in order of the keys; first those that are known not to be there.
    IN new_keys text[], IN new_positions bigint[], IN new_contents text[],
    IN document_keys text[], IN document_positions bigint[], IN document_contents text[], IN deleted_keys text[],
    IN unparked_keys text[], IN unparked_positions bigint[],
    IN parked_partitions integer[], IN parked_keys text[], IN parked_positions bigint[], IN parked_attempts bigint[],
    IN parked_errors text[], IN parked_retry_ats timestamptz[],
    IN sent_ids uuid[],
    IN postponed_ids uuid[], IN postponed_due_ats timestamptz[], IN postponed_attempts bigint[],
    IN postponed_errors text[],
    IN cancelled_keys text[], IN cancelled_timers text[],
    IN staged_ids uuid[], IN staged_partitions integer[], IN staged_keys text[], IN staged_positions bigint[],
    IN staged_numbers bigint[], IN staged_commands text[], IN staged_correlations uuid[], IN staged_causations uuid[],
    IN staged_metadatas text[], IN staged_timers text[], IN staged_are_timers boolean[],
    IN staged_due_ats timestamptz[], IN staged_attempts bigint[], IN staged_errors text[],
    -- The first partition that is not where it was thought to be; nothing was written then.
    OUT stale integer
) LANGUAGE plpgsql VOLATILE
SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off SET jit = off
SET plan_cache_mode = force_generic_plan
AS $function$
DECLARE
    own   integer;
    moved bigint;
BEGIN
    -- A user's transaction that was ended by its user would write without the checkpoint, or the other way round.
    IF in_place IS DISTINCT FROM NULLIF(current_setting('cqrs.place', true), '') THEN
        RAISE EXCEPTION 'the transaction of % is not the one that was begun for it', in_place
            USING ERRCODE = 'invalid_transaction_state',
                  HINT = 'Do not end the transaction inside a projection: no COMMIT, no ROLLBACK.';
    END IF;
    -- Where a round trip of the client lies between here and the commit: whoever stalls there must not keep others from
    -- taking over.
    PERFORM set_config('idle_in_transaction_session_timeout', '500', true);

    -- While the appends write a generation, nobody else does: whoever made it inline has taken the partitions away as well.
    SELECT g.id INTO own FROM {schema}.generations g
    WHERE g.processor = of_processor AND g.number = of_number AND g.state <> 'inline';
    WITH held AS MATERIALIZED (
        SELECT p.partition, a.through
        FROM unnest(partition_numbers, partition_epochs, partition_froms, partition_throughs)
             AS a(partition, epoch, origin, through)
        JOIN {schema}.partitions p ON p.generation = own AND p.partition = a.partition
        WHERE p.epoch = a.epoch AND p.checkpoint = a.origin
        ORDER BY p.partition FOR NO KEY UPDATE OF p
    ), moved AS (
        UPDATE {schema}.partitions p SET checkpoint = h.through
        FROM held h
        WHERE p.generation = own AND p.partition = h.partition
          AND (SELECT count(*) FROM held) = cardinality(partition_numbers)
        RETURNING p.partition
    )
    SELECT count(*) INTO moved FROM moved m;
    IF moved < cardinality(partition_numbers) THEN
        SELECT a.partition INTO stale
        FROM unnest(partition_numbers, partition_epochs, partition_froms) WITH ORDINALITY
             AS a(partition, epoch, origin, place)
        WHERE NOT EXISTS (
            SELECT FROM {schema}.partitions p
            WHERE p.generation = own AND p.partition = a.partition AND p.epoch = a.epoch AND p.checkpoint = a.origin
        )
        ORDER BY a.place LIMIT 1;
        stale := COALESCE(stale, partition_numbers[1]);
        RETURN;
    END IF;

    IF new_keys IS NOT NULL THEN
        -- A third cheaper than with ON CONFLICT, which looks first, and confirms each row in the WAL.
        INSERT INTO {schema}.documents (generation, key, position, content)
        SELECT own, d.key, d.position, d.content::json
        FROM unnest(new_keys, new_positions, new_contents) AS d(key, position, content);
    END IF;
    IF document_keys IS NOT NULL THEN
        INSERT INTO {schema}.documents (generation, key, position, content)
        SELECT own, d.key, d.position, d.content::json
        FROM unnest(document_keys, document_positions, document_contents) AS d(key, position, content)
        ON CONFLICT (generation, key) DO UPDATE SET position = EXCLUDED.position, content = EXCLUDED.content;
    END IF;
    IF deleted_keys IS NOT NULL THEN
        DELETE FROM {schema}.documents d USING unnest(deleted_keys) AS n(key) WHERE d.generation = own AND d.key = n.key;
    END IF;

    IF unparked_keys IS NOT NULL THEN
        DELETE FROM {schema}.parked k
        USING unnest(unparked_keys, unparked_positions) AS u(key, position)
        WHERE k.generation = own AND k.key = u.key AND k.position = u.position;
    END IF;
    IF parked_keys IS NOT NULL THEN
        INSERT INTO {schema}.parked (generation, partition, key, position, attempts, error, retry_at)
        SELECT own, k.partition, k.key, k.position, k.attempts, k.error, k.retry_at
        FROM unnest(parked_partitions, parked_keys, parked_positions, parked_attempts, parked_errors, parked_retry_ats)
             AS k(partition, key, position, attempts, error, retry_at)
        ON CONFLICT (generation, key, position) DO UPDATE
        SET partition = EXCLUDED.partition, attempts = EXCLUDED.attempts, error = EXCLUDED.error,
            retry_at = EXCLUDED.retry_at, request = NULL;
    END IF;

    IF sent_ids IS NOT NULL THEN
        DELETE FROM {schema}.staged s USING unnest(sent_ids) AS n(id) WHERE s.generation = own AND s.id = n.id;
    END IF;
    IF postponed_ids IS NOT NULL THEN
        -- Without a time it is parked. What was asked for is done by that, unless it was to discard it.
        UPDATE {schema}.staged s
        SET attempts = p.attempts, error = p.error,
            due_at = CASE WHEN s.request = 'discard' THEN s.due_at ELSE COALESCE(p.due_at, s.due_at) END,
            is_parked = CASE WHEN s.request = 'discard' THEN s.is_parked ELSE p.due_at IS NULL END,
            request = CASE WHEN s.request = 'discard' THEN s.request END
        FROM unnest(postponed_ids, postponed_due_ats, postponed_attempts, postponed_errors)
             AS p(id, due_at, attempts, error)
        WHERE s.generation = own AND s.id = p.id;
    END IF;
    IF cancelled_keys IS NOT NULL THEN
        DELETE FROM {schema}.staged s
        USING unnest(cancelled_keys, cancelled_timers) AS c(key, timer)
        WHERE s.generation = own AND s.is_timer AND s.key = c.key AND (c.timer IS NULL OR s.timer = c.timer);
    END IF;
    IF staged_ids IS NOT NULL THEN
        -- A timer takes the place of the one of its name; a command that is staged already replaces nothing.
        DELETE FROM {schema}.staged s
        USING unnest(staged_ids, staged_keys, staged_timers) AS n(id, key, timer)
        WHERE s.generation = own AND s.is_timer AND s.key = n.key AND s.timer = n.timer
          AND NOT EXISTS (SELECT FROM {schema}.staged e WHERE e.generation = own AND e.id = n.id);
        -- Also of those that are staged here: the last of its name stays.
        WITH news AS MATERIALIZED (
            SELECT n.*
            FROM unnest(staged_ids, staged_partitions, staged_keys, staged_positions, staged_numbers, staged_commands,
                        staged_correlations, staged_causations, staged_metadatas, staged_timers, staged_are_timers,
                        staged_due_ats, staged_attempts, staged_errors) WITH ORDINALITY
                 AS n(id, partition, key, position, number, command, correlation_id, causation_id, metadata, timer,
                      is_timer, due_at, attempts, error, place)
            WHERE NOT EXISTS (SELECT FROM {schema}.staged e WHERE e.generation = own AND e.id = n.id)
        )
        INSERT INTO {schema}.staged (generation, id, partition, key, position, number, command, correlation_id,
                                     causation_id, metadata, timer, is_timer, due_at, attempts, error)
        SELECT own, n.id, n.partition, n.key, n.position, n.number, n.command::json, n.correlation_id, n.causation_id,
               n.metadata::json, n.timer, n.is_timer, n.due_at, n.attempts, n.error
        FROM (SELECT w.*, w.timer IS NOT NULL AND w.place < max(w.place) OVER (PARTITION BY w.key, w.timer) AS is_replaced
              FROM news w) n
        WHERE NOT (n.is_replaced AND n.is_timer)
        ORDER BY n.place
        ON CONFLICT (generation, id) DO NOTHING;
    END IF;
END
$function$;
