-- The other way into the log, for many events at once that bring their places along. A transaction of an import is
-- begin_import, COPY into events and event_tags, end_import.
--
--  1. It locks the whole log: each append holds that lock at least shared. So nothing else is in flight, and nothing
--     waits for an import but appends.
--  2. It takes the floor, as every append does, before anything has a position: readers stay before the import until it
--     has ended.
--  3. Positions come from outside. They are greater than all that were ever drawn, since readers may have passed those.
--  4. The sequence moves at the end, and with the transaction: it is replaced by one that has come so far (ALTER SEQUENCE …
--     RESTART). A mere setval would stay when the import fails, readers would pass the positions, and the
--     import could not be repeated. Whoever sees the new sequence sees the import.

CREATE FUNCTION {schema}.begin_import(
    -- The lock of the whole log.
    IN lock_class integer, IN lock_object integer,
    -- The streams that go on, with the version that each must have. Of the others, the unique index finds out.
    IN stream_categories text[], IN stream_keys text[], IN stream_versions bigint[],
    -- The names of the events.
    IN names text[],
    -- The last position that was ever drawn, and the time.
    OUT last_position bigint, OUT moment timestamptz,
    -- The first stream that is elsewhere, counted from 1, and where it is; or nulls.
    OUT wrong_stream bigint, OUT wrong_version bigint,
    -- Whether a read model reads such events that appends write: it has to be left to the runners first. See 0011_inline.sql.
    OUT is_inline boolean
) LANGUAGE plpgsql VOLATILE AS $function$
DECLARE
    done boolean;
    gate text;
BEGIN
    IF current_setting('transaction_isolation') <> 'read committed' THEN
        RAISE EXCEPTION 'begin_import needs a transaction that is READ COMMITTED'
            USING ERRCODE = 'feature_not_supported';
    END IF;
    done := pg_advisory_xact_lock(lock_class, lock_object) IS NULL;

    -- A later statement, whose snapshot is younger than the lock.
    SELECT s.place, s.current INTO wrong_stream, wrong_version
    FROM (
        SELECT u.place, u.version, COALESCE((
            SELECT e.version FROM {schema}.events e
            WHERE e.category = u.category AND e.key = u.key ORDER BY e.version DESC LIMIT 1
        ), 0) AS current
        FROM unnest(stream_categories, stream_keys, stream_versions)
             WITH ORDINALITY AS u(category, key, version, place)
    ) s
    WHERE s.current <> s.version
    ORDER BY s.place LIMIT 1;

    is_inline := EXISTS (
        SELECT FROM {schema}.generations g WHERE g.inline_names IS NOT NULL AND g.inline_names && names
    );
    moment := clock_timestamp();
    SELECT CASE WHEN p.is_called THEN p.last_value ELSE 0 END INTO last_position FROM {schema}.positions p;
    done := pg_advisory_xact_lock_shared(({schema}.log_namespace() << 48) | last_position) IS NULL;
    gate := set_config('cqrs.gate', {schema}.log_namespace()::text, true);
END
$function$;

CREATE FUNCTION {schema}.end_import(IN last_position bigint) RETURNS void LANGUAGE plpgsql VOLATILE AS $function$
DECLARE
    moved bigint;
    gate  text;
BEGIN
    gate := set_config('cqrs.gate', '', true);
    EXECUTE format('ALTER SEQUENCE {schema}.positions RESTART WITH %s', last_position);
    -- RESTART would draw this position again. From here on the sequence is this transaction's own.
    moved := setval('{schema}.positions', last_position, true);
END
$function$;
