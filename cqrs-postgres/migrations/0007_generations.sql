-- Generations of processors: P4. Whoever changes which there are has locked the row of the processor.

-- Makes a processor known, and gives the kind that it is known as. The caller looks at the generations afterwards.
CREATE FUNCTION {schema}.declare_processor(
    IN of_processor text, IN of_kind text, IN of_version integer, IN of_partitions integer,
    -- Null: from now on.
    IN start_after bigint,
    IN can_be_rebuilt boolean,
    -- Of a projection, otherwise null.
    IN of_place text,
    OUT known_kind text
) LANGUAGE plpgsql VOLATILE AS $function$
DECLARE
    newest integer;
    own    integer;
BEGIN
    INSERT INTO {schema}.processors (name, kind, place) VALUES (of_processor, of_kind, of_place)
    ON CONFLICT (name) DO NOTHING;
    SELECT p.kind INTO known_kind FROM {schema}.processors p WHERE p.name = of_processor FOR UPDATE;
    IF known_kind <> of_kind THEN
        RETURN;
    END IF;
    SELECT max(g.version) INTO newest FROM {schema}.generations g
    WHERE g.processor = of_processor AND g.state <> 'retired';
    IF newest IS NULL THEN
        own := {schema}.insert_generation(of_processor, of_version, of_partitions, start_after);
        -- Where there is nothing to build from, what is read is whole at once.
        UPDATE {schema}.generations g SET state = 'live'
        WHERE g.id = own
          AND (NOT can_be_rebuilt OR NOT EXISTS (SELECT FROM {schema}.events e WHERE e.position > g.start));
    ELSIF newest < of_version AND can_be_rebuilt THEN
        UPDATE {schema}.generations g SET state = 'retired' WHERE g.processor = of_processor AND g.state = 'building';
        own := {schema}.insert_generation(of_processor, of_version, of_partitions, start_after);
    END IF;
END
$function$;

-- Begins to build the next generation, unless just this one is being built, and gives its number: null when nobody
-- knows the processor.
CREATE FUNCTION {schema}.begin_generation(
    IN of_processor text, IN of_version integer, IN of_partitions integer,
    -- Null: from now on.
    IN start_after bigint,
    OUT begun integer
) LANGUAGE plpgsql VOLATILE AS $function$
DECLARE
    own integer;
BEGIN
    PERFORM FROM {schema}.processors p WHERE p.name = of_processor FOR UPDATE;
    IF NOT FOUND THEN
        RETURN;
    END IF;
    SELECT g.number INTO begun FROM {schema}.generations g
    WHERE g.processor = of_processor AND g.state = 'building' AND g.version = of_version AND g.partitions = of_partitions;
    IF begun IS NULL THEN
        UPDATE {schema}.generations g SET state = 'retired' WHERE g.processor = of_processor AND g.state = 'building';
        own := {schema}.insert_generation(of_processor, of_version, of_partitions, start_after);
        SELECT g.number INTO begun FROM {schema}.generations g WHERE g.id = own;
    END IF;
END
$function$;

-- The row of a generation that is being built, its partitions, and the place of its tables.
CREATE FUNCTION {schema}.insert_generation(
    IN of_processor text, IN of_version integer, IN of_partitions integer, IN start_after bigint, OUT new_id integer
) LANGUAGE plpgsql VOLATILE AS $function$
DECLARE
    coming   integer;
    of_place text;
    after    bigint := start_after;
BEGIN
    IF after IS NULL THEN
        -- What is not settled yet is recorded from now on. The first time counts for all generations.
        UPDATE {schema}.processors p
        SET starts_now = COALESCE(p.starts_now, (SELECT f.settled FROM {schema}.settled_position() f))
        WHERE p.name = of_processor
        RETURNING p.starts_now INTO after;
    END IF;
    UPDATE {schema}.processors p SET last_generation = p.last_generation + 1 WHERE p.name = of_processor
    RETURNING p.last_generation, p.place INTO coming, of_place;
    INSERT INTO {schema}.generations (processor, number, version, partitions, state, start)
    VALUES (of_processor, coming, of_version, of_partitions, 'building', after)
    RETURNING generations.id INTO new_id;
    INSERT INTO {schema}.partitions (generation, partition, checkpoint)
    SELECT new_id, n, after FROM generate_series(0, of_partitions - 1) AS n;
    IF of_place IS NOT NULL THEN
        PERFORM {schema}.create_place(of_place, of_processor);
        PERFORM {schema}.create_place(of_place || '#' || coming, of_processor || '#' || coming);
    END IF;
END
$function$;

-- Makes a generation the live one, if it has come as far as it must. The live one's partitions are locked meanwhile: it
-- must not come further, and a reader see it, and then go back.
CREATE FUNCTION {schema}.switch_generation(
    IN of_processor text, IN of_number integer, IN caught_up_to bigint, OUT is_switched boolean
) LANGUAGE plpgsql VOLATILE AS $function$
DECLARE
    live     integer;
    building integer;
BEGIN
    is_switched := false;
    PERFORM FROM {schema}.processors p WHERE p.name = of_processor FOR UPDATE;
    -- One that is inline has seen the end of the log, and readers with it.
    PERFORM {schema}.end_inline(g.id) FROM {schema}.generations g
    WHERE g.processor = of_processor AND g.state = 'inline' AND EXISTS (
        SELECT FROM {schema}.generations b
        WHERE b.processor = of_processor AND b.number = of_number AND b.state = 'building'
    );
    PERFORM FROM {schema}.generations g WHERE g.processor = of_processor AND g.state <> 'retired'
    ORDER BY g.id FOR NO KEY UPDATE;
    SELECT g.id INTO live FROM {schema}.generations g WHERE g.processor = of_processor AND g.state = 'live';
    SELECT g.id INTO building FROM {schema}.generations g
    WHERE g.processor = of_processor AND g.number = of_number AND g.state = 'building';
    IF building IS NULL THEN
        RETURN;
    END IF;
    PERFORM FROM {schema}.partitions p WHERE p.generation = live ORDER BY p.partition FOR SHARE;
    SELECT min(b.checkpoint) >= GREATEST(caught_up_to, (
               SELECT max(p.checkpoint) FROM {schema}.partitions p WHERE p.generation = live
           )) INTO is_switched
    FROM {schema}.partitions b WHERE b.generation = building;
    IF is_switched THEN
        UPDATE {schema}.generations g SET state = 'retired' WHERE g.id = live;
        UPDATE {schema}.generations g SET state = 'live' WHERE g.id = building;
        PERFORM {schema}.expose_live(of_processor);
    END IF;
END
$function$;

-- Forgets a retired generation, at most so many documents a call; says whether there was one, and whether it is gone.
-- The partitions go first: from then on nobody writes to it.
CREATE FUNCTION {schema}.drop_generation(
    IN of_processor text, IN of_number integer, IN most bigint, OUT was_there boolean, OUT is_gone boolean
) LANGUAGE plpgsql VOLATILE
SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off SET jit = off
SET plan_cache_mode = force_generic_plan
AS $function$
DECLARE
    own      integer;
    of_place text;
    deleted  bigint;
BEGIN
    SELECT p.place INTO of_place FROM {schema}.processors p WHERE p.name = of_processor FOR UPDATE;
    SELECT g.id INTO own FROM {schema}.generations g
    WHERE g.processor = of_processor AND g.number = of_number AND g.state = 'retired' FOR UPDATE;
    was_there := own IS NOT NULL;
    is_gone := was_there;
    IF NOT was_there THEN
        RETURN;
    END IF;
    DELETE FROM {schema}.nodes n WHERE n.generation = own;
    PERFORM FROM {schema}.partitions p WHERE p.generation = own ORDER BY p.partition FOR UPDATE;
    DELETE FROM {schema}.partitions p WHERE p.generation = own;
    DELETE FROM {schema}.documents d
    USING (SELECT o.key FROM {schema}.documents o WHERE o.generation = own ORDER BY o.generation, o.key LIMIT most) o
    WHERE d.generation = own AND d.key = o.key;
    GET DIAGNOSTICS deleted = ROW_COUNT;
    DELETE FROM {schema}.parked k
    USING (SELECT o.key, o.position FROM {schema}.parked o WHERE o.generation = own
           ORDER BY o.generation, o.key, o.position LIMIT most) o
    WHERE k.generation = own AND k.key = o.key AND k.position = o.position;
    is_gone := deleted < most AND NOT EXISTS (SELECT FROM {schema}.parked k WHERE k.generation = own);
    IF is_gone THEN
        DELETE FROM {schema}.staged s WHERE s.generation = own;
        DELETE FROM {schema}.generations g WHERE g.id = own;
        IF of_place IS NOT NULL THEN
            EXECUTE format('DROP SCHEMA IF EXISTS %I CASCADE', of_place || '#' || of_number);
        END IF;
    END IF;
END
$function$;
