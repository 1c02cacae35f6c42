-- The tables of projections: each generation has a schema of its own, `place#2`, in which the user's code creates what it
-- likes. Readers use the schema `place`: it has a view on each table of the live generation, and a switch replaces the
-- views together with the generation's state, in one transaction.
--
-- Views, not renamed schemas: what users have built on a view stays with its name, and is not carried off by a rename.

-- Creates a schema, unless it is there for just this. One that says nothing is taken: somebody may have to create it
-- where the program is not allowed to.
CREATE FUNCTION {schema}.create_place(IN of_place text, IN used_by text) RETURNS void LANGUAGE plpgsql VOLATILE AS $function$
DECLARE
    note  text := 'cqrs: ' || used_by || ' of {schema}';
    found text;
BEGIN
    SELECT COALESCE(obj_description(n.oid, 'pg_namespace'), '') INTO found FROM pg_namespace n WHERE n.nspname = of_place;
    IF found IS NULL THEN
        EXECUTE format('CREATE SCHEMA %I', of_place);
    ELSIF found NOT IN ('', note) THEN
        RAISE EXCEPTION 'schema % is needed for %, and belongs to: %', quote_ident(of_place), used_by, found
            USING ERRCODE = 'duplicate_schema', HINT = 'Give the processor, or the schema of the log, another name.';
    END IF;
    IF found IS DISTINCT FROM note THEN
        EXECUTE format('COMMENT ON SCHEMA %I IS %L', of_place, note);
    END IF;
END
$function$;

-- What has to be done so that the schema `stable` shows all tables and views of the schema `own`: nothing, most of the
-- time. A view whose columns only become more is replaced, and keeps what depends on it; others are dropped first,
-- which the database refuses while something depends on them.
CREATE FUNCTION {schema}.exposing(IN stable text, IN own text) RETURNS TABLE (statement text)
LANGUAGE sql STABLE AS $function$
    WITH relations AS MATERIALIZED (
        SELECT c.oid, c.relname, n.nspname, c.relkind, a.columns
        FROM pg_class c
        JOIN pg_namespace n ON n.oid = c.relnamespace
        CROSS JOIN LATERAL (
            SELECT COALESCE(string_agg(format('%I %s', a.attname, format_type(a.atttypid, a.atttypmod)), ',' ORDER BY a.attnum), '')
                   || ',' AS columns
            FROM pg_attribute a WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
        ) a
        WHERE n.nspname IN (stable, own) AND c.relkind IN ('r', 'p', 'v', 'm', 'f') AND NOT c.relispartition
    ), shown AS (
        SELECT s.relname, s.columns, EXISTS (
                   SELECT FROM pg_rewrite w JOIN pg_depend d ON d.objid = w.oid AND d.classid = 'pg_rewrite'::regclass
                   WHERE w.ev_class = s.oid AND d.refclassid = 'pg_class'::regclass AND d.refobjid = t.oid
               ) AS is_current, t.oid IS NULL AS is_over, starts_with(t.columns, s.columns) AS is_extended,
               t.columns = s.columns AS is_same
        FROM relations s LEFT JOIN relations t ON t.nspname = own AND t.relname = s.relname
        WHERE s.nspname = stable AND s.relkind = 'v'
    )
    SELECT x.statement
    FROM (
        SELECT 1 AS rank, s.relname, format('DROP VIEW %I.%I', stable, s.relname) AS statement
        FROM shown s WHERE s.is_over OR NOT s.is_extended
        UNION ALL
        SELECT 2, t.relname, format('CREATE OR REPLACE VIEW %I.%I AS SELECT * FROM %I.%I', stable, t.relname, own, t.relname)
        FROM relations t LEFT JOIN shown s ON s.relname = t.relname
        WHERE t.nspname = own AND NOT COALESCE(s.is_current AND s.is_same, false)
    ) x
    ORDER BY x.rank, x.relname
$function$;

-- Shows the tables of the live generation, if there is one. The views' locks are waited for only a short time: whoever
-- waits for them keeps all readers waiting.
CREATE FUNCTION {schema}.expose_live(IN of_processor text) RETURNS void LANGUAGE plpgsql VOLATILE
SET lock_timeout = '500ms'
AS $function$
DECLARE
    stable  text;
    own     text;
    is_due  boolean;
    command text;
BEGIN
    SELECT p.place, p.place || '#' || g.number INTO stable, own
    FROM {schema}.processors p JOIN {schema}.generations g ON g.processor = p.name AND g.state IN ('live', 'inline')
    WHERE p.name = of_processor;
    IF stable IS NULL THEN
        RETURN;
    END IF;
    SELECT EXISTS (SELECT FROM {schema}.exposing(stable, own)) INTO is_due;
    IF NOT is_due THEN
        RETURN;
    END IF;
    -- One after the other, and looked at again: another may have done it.
    PERFORM FROM {schema}.processors p WHERE p.name = of_processor FOR UPDATE;
    SELECT p.place || '#' || g.number INTO own
    FROM {schema}.processors p JOIN {schema}.generations g ON g.processor = p.name AND g.state IN ('live', 'inline')
    WHERE p.name = of_processor;
    FOR command IN SELECT e.statement FROM {schema}.exposing(stable, own) e LOOP
        EXECUTE command;
    END LOOP;
END
$function$;

-- Ends what a user has prepared for a generation: says whether it is still there.
--
-- The one exception to the order of locks in 0004_processors.sql: the user's own locks are there already. The server ends a
-- circle that comes of it, and the user's preparation is tried again.
CREATE FUNCTION {schema}.settle_place(IN of_processor text, IN of_number integer, IN in_place text)
RETURNS boolean LANGUAGE plpgsql VOLATILE AS $function$
BEGIN
    IF in_place IS DISTINCT FROM NULLIF(current_setting('cqrs.place', true), '') THEN
        RAISE EXCEPTION 'the transaction of % is not the one that was begun for it', in_place
            USING ERRCODE = 'invalid_transaction_state',
                  HINT = 'Do not end the transaction inside a projection: no COMMIT, no ROLLBACK.';
    END IF;
    PERFORM FROM {schema}.generations g WHERE g.processor = of_processor AND g.number = of_number FOR KEY SHARE;
    IF NOT FOUND THEN
        RETURN false;
    END IF;
    PERFORM {schema}.expose_live(of_processor);
    RETURN true;
END
$function$;
