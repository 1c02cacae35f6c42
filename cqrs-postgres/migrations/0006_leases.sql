-- Leases: P2. Time is the server's, as of after the locks.

-- What a node has, renews and takes of each generation. One call after the other for each generation, since all of them
-- lock its row; partitions are locked where they are the node's own or free, in order.
CREATE FUNCTION {schema}.hold_leases(
    IN of_node text, IN lease interval, IN of_processors text[], IN of_numbers integer[]
) RETURNS TABLE (
    -- Which one of the request it is, from 1. Retired and unknown generations are left out.
    place bigint, state text, share integer, is_asked boolean,
    held_partitions integer[], held_epochs bigint[], held_checkpoints bigint[]
) LANGUAGE plpgsql VOLATILE
SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off SET jit = off
SET plan_cache_mode = force_generic_plan
AS $function$
DECLARE
    ids       integer[];
    shares    integer[];
    moment    timestamptz;
    ends_at   timestamptz;
BEGIN
    SELECT array_agg(l.id) INTO ids
    FROM (SELECT g.id
          FROM {schema}.generations g
          WHERE (g.processor, g.number) IN (SELECT r.processor, r.number FROM unnest(of_processors, of_numbers) AS r(processor, number))
            AND g.state <> 'retired'
          ORDER BY g.id FOR NO KEY UPDATE) l;
    IF ids IS NULL THEN
        RETURN;
    END IF;
    moment := clock_timestamp();
    ends_at := moment + lease;

    DELETE FROM {schema}.nodes n WHERE n.generation = ANY (ids) AND n.lease_until <= moment;
    INSERT INTO {schema}.nodes (generation, node, lease_until) SELECT i.id, of_node, ends_at FROM unnest(ids) AS i(id)
    ON CONFLICT (generation, node) DO UPDATE SET lease_until = EXCLUDED.lease_until;

    SELECT array_agg((g.partitions + n.nodes - 1) / n.nodes ORDER BY i.place) INTO shares
    FROM unnest(ids) WITH ORDINALITY AS i(id, place)
    JOIN {schema}.generations g ON g.id = i.id
    CROSS JOIN LATERAL (SELECT count(*)::integer AS nodes FROM {schema}.nodes n WHERE n.generation = i.id) n;

    WITH locked AS MATERIALIZED (
        SELECT p.generation, p.partition, COALESCE(p.owner = of_node, false) AS is_own
        FROM {schema}.partitions p
        WHERE p.generation = ANY (ids) AND (p.owner IS NULL OR p.owner = of_node OR p.lease_until <= moment)
        ORDER BY p.generation, p.partition FOR NO KEY UPDATE
    ), ranked AS (
        SELECT l.*, row_number() OVER (PARTITION BY l.generation ORDER BY NOT l.is_own, l.partition) AS rank
        FROM locked l
    )
    UPDATE {schema}.partitions p
    SET owner = of_node, lease_until = ends_at, epoch = p.epoch + CASE WHEN r.is_own THEN 0 ELSE 1 END
    FROM ranked r
    JOIN unnest(ids, shares) AS s(id, share) ON s.id = r.generation
    WHERE p.generation = r.generation AND p.partition = r.partition AND (r.is_own OR r.rank <= s.share);

    RETURN QUERY
    SELECT r.place, g.state, s.share,
           EXISTS (
               SELECT FROM {schema}.parked k
               WHERE k.generation = g.id AND k.partition = ANY (h.partitions) AND k.request IS NOT NULL
                 AND NOT EXISTS (SELECT FROM {schema}.parked e
                                 WHERE e.generation = k.generation AND e.key = k.key AND e.position < k.position)
           ) OR EXISTS (
               SELECT FROM {schema}.staged c
               WHERE c.generation = g.id AND c.partition = ANY (h.partitions) AND c.request IS NOT NULL
           ),
           h.partitions, h.epochs, h.checkpoints
    FROM unnest(of_processors, of_numbers) WITH ORDINALITY AS r(processor, number, place)
    JOIN {schema}.generations g ON g.processor = r.processor AND g.number = r.number
    JOIN unnest(ids, shares) AS s(id, share) ON s.id = g.id
    CROSS JOIN LATERAL (
        SELECT array_agg(p.partition ORDER BY p.partition) AS partitions, array_agg(p.epoch ORDER BY p.partition) AS epochs,
               array_agg(p.checkpoint ORDER BY p.partition) AS checkpoints
        FROM {schema}.partitions p WHERE p.generation = g.id AND p.owner = of_node
    ) h
    ORDER BY r.place;
END
$function$;

CREATE FUNCTION {schema}.leave_leases(IN of_node text) RETURNS void LANGUAGE plpgsql VOLATILE AS $function$
DECLARE
    ids integer[];
BEGIN
    SELECT array_agg(l.id) INTO ids
    FROM (SELECT g.id FROM {schema}.generations g
          WHERE g.id IN (SELECT n.generation FROM {schema}.nodes n WHERE n.node = of_node
                         UNION ALL SELECT p.generation FROM {schema}.partitions p WHERE p.owner = of_node)
          ORDER BY g.id FOR NO KEY UPDATE) l;
    DELETE FROM {schema}.nodes n WHERE n.generation = ANY (ids) AND n.node = of_node;
    WITH locked AS MATERIALIZED (
        SELECT p.generation, p.partition FROM {schema}.partitions p
        WHERE p.generation = ANY (ids) AND p.owner = of_node
        ORDER BY p.generation, p.partition FOR NO KEY UPDATE
    )
    UPDATE {schema}.partitions p SET owner = NULL
    FROM locked l
    WHERE p.generation = l.generation AND p.partition = l.partition;
END
$function$;

-- Asks the owner of a key, or of all keys, to do something with its parked events. The partitions are locked first, as
-- by an advance, so that the first parked event of a key stays the first.
CREATE FUNCTION {schema}.ask_parked(
    IN of_processor text, IN of_number integer, IN of_key text, IN what text, OUT asked bigint
) LANGUAGE plpgsql VOLATILE
SET enable_seqscan = off SET jit = off
AS $function$
DECLARE
    own integer;
BEGIN
    SELECT g.id INTO own FROM {schema}.generations g WHERE g.processor = of_processor AND g.number = of_number;
    PERFORM FROM {schema}.partitions p WHERE p.generation = own ORDER BY p.partition FOR SHARE;
    UPDATE {schema}.parked k SET request = what
    FROM {schema}.first_parked(own, of_key) f
    WHERE k.generation = own AND k.key = f.key AND k.position = f.position;
    GET DIAGNOSTICS asked = ROW_COUNT;
END
$function$;

-- Asks the owner of a command that could not be sent, or of all such commands, to do something with it. The partitions are
-- locked first, as by an advance: whoever has tried to send it records that before or after.
CREATE FUNCTION {schema}.ask_unsent(
    IN of_processor text, IN of_number integer, IN of_id uuid, IN what text, IN moment timestamptz, OUT asked bigint
) LANGUAGE plpgsql VOLATILE
SET enable_seqscan = off SET jit = off
AS $function$
DECLARE
    own integer;
BEGIN
    SELECT g.id INTO own FROM {schema}.generations g WHERE g.processor = of_processor AND g.number = of_number;
    PERFORM FROM {schema}.partitions p WHERE p.generation = own ORDER BY p.partition FOR SHARE;
    UPDATE {schema}.staged s SET request = what, due_at = moment, is_parked = false
    WHERE s.generation = own AND s.attempts > 0 AND (of_id IS NULL OR s.id = of_id);
    GET DIAGNOSTICS asked = ROW_COUNT;
END
$function$;

-- The first parked event of each key, or of one: one probe of parked_key for each key, however many events wait behind.
CREATE FUNCTION {schema}.first_parked(IN own integer, IN of_key text) RETURNS SETOF {schema}.parked
LANGUAGE sql STABLE AS $function$
    WITH RECURSIVE firsts AS (
        (SELECT k.* FROM {schema}.parked k
         WHERE k.generation = own AND k.key COLLATE "C" >= COALESCE(of_key, '')
         ORDER BY k.generation, k.key, k.position LIMIT 1)
        UNION ALL
        SELECT n.* FROM firsts f CROSS JOIN LATERAL (
            SELECT k.* FROM {schema}.parked k
            WHERE k.generation = own AND k.key > f.key AND of_key IS NULL
            ORDER BY k.generation, k.key, k.position LIMIT 1
        ) n
    )
    SELECT f.* FROM firsts f WHERE of_key IS NULL OR f.key = of_key
$function$;
