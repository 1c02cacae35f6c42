-- The lock-encoded floor: up to where the log is settled, so that no event will appear there any more (F1, F3).
--
-- An append reads the sequence's `last_value` and takes a shared advisory lock whose key says it, before it draws its
-- positions, which are all greater. PostgreSQL makes a commit visible before it releases the locks. So:
--
--   h = the sequence's `last_value`; then, later, f = the least floor among the locks that are held;
--   every append that drew a position up to min(h, f) has ended, and a snapshot taken now shows what it committed.
--
-- An append that has read `last_value` and not yet locked can do no harm: it will draw positions greater than h, which
-- was read before its lock was looked for.
--
-- The key is namespace << 48 | last_value in the space of bigint keys (objsubid 1). All other locks of the log are in
-- the space of key pairs (objsubid 2) and can't look like a floor.

-- VOLATILE, and no single statement: each statement has a snapshot of its own, and their order is the proof.
CREATE FUNCTION {schema}.settled_position(OUT settled bigint, OUT head bigint) LANGUAGE plpgsql VOLATILE AS $function$
DECLARE
    least_floor bigint;
BEGIN
    FOR attempt IN 1 .. 100 LOOP
        BEGIN
            SELECT CASE WHEN p.is_called THEN p.last_value ELSE 0 END INTO head FROM {schema}.positions p;
            EXIT;
        EXCEPTION
            -- An import has just put another sequence in its place (see 0009_import.sql): look again.
            WHEN data_corrupted OR undefined_file THEN
                IF attempt = 100 THEN
                    RAISE;
                END IF;
        END;
    END LOOP;
    SELECT min(((l.classid::bigint & 65535) << 32) | l.objid::bigint) INTO least_floor
    FROM pg_catalog.pg_locks l
    WHERE l.locktype = 'advisory' AND l.objsubid = 1 AND l.granted AND l.mode = 'ShareLock'
      AND l.database = (SELECT d.oid FROM pg_catalog.pg_database d WHERE d.datname = pg_catalog.current_database())
      AND l.classid::bigint >> 16 = {schema}.log_namespace();
    settled := LEAST(head, COALESCE(least_floor, head));
END
$function$;
