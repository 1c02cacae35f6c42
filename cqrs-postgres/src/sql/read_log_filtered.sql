-- Reads a page of the events that a filter matches.
-- $1 bigint: after this position, $2 bigint: up to this position, $3 bigint: most rows.
-- $4 to $8 text[]: the probes. Each walks one index (kind 'tag', 'name' or 'category', and the value there) and keeps
-- what has one of the categories, one of the names and all of the tags: lists separated by spaces, null for no such
-- restriction. What one of the probes finds is meant.
-- A tag's events are looked up one by one: as a join, a plan that was made while the log was empty reads the events first.
-- Pairs are compared and ordered, so that no other index will do: with two conditions the server may walk all positions.
-- Indexes: event_tags_tag, events_name, events_category, and events_position for what they find.
SELECT e.position, e.version, e.recorded_at, e.event_id, e.correlation_id, e.causation_id, e.schema_version,
       e.category, e.key, e.name, e.tags, e.metadata, e.payload
FROM (
    SELECT DISTINCT m.position
    FROM unnest($4::text[], $5::text[], $6::text[], $7::text[], $8::text[]) AS p(kind, value, categories, names, tags)
    CROSS JOIN LATERAL (
        (SELECT t.position
         FROM {schema}.event_tags t
         WHERE p.kind = 'tag' AND (t.tag, t.position) > (p.value, $1) AND (t.tag, t.position) <= (p.value, $2)
           AND (COALESCE(p.categories, p.names, p.tags) IS NULL OR (
               SELECT true FROM {schema}.events f
               WHERE f.position = t.position
                 AND (p.categories IS NULL OR f.category = ANY (string_to_array(p.categories, ' ')))
                 AND (p.names IS NULL OR f.name = ANY (string_to_array(p.names, ' ')))
                 AND (p.tags IS NULL OR f.tags @> string_to_array(p.tags, ' '))
           ))
         ORDER BY t.tag, t.position LIMIT $3)
        UNION ALL
        (SELECT f.position FROM {schema}.events f
         WHERE p.kind = 'name' AND (f.name, f.position) > (p.value, $1) AND (f.name, f.position) <= (p.value, $2)
           AND (p.categories IS NULL OR f.category = ANY (string_to_array(p.categories, ' ')))
         ORDER BY f.name, f.position LIMIT $3)
        UNION ALL
        (SELECT f.position FROM {schema}.events f
         WHERE p.kind = 'category' AND (f.category COLLATE "POSIX", f.position) > (p.value, $1)
           AND (f.category COLLATE "POSIX", f.position) <= (p.value, $2)
         ORDER BY f.category COLLATE "POSIX", f.position LIMIT $3)
    ) m
    ORDER BY m.position
    LIMIT $3
) found
CROSS JOIN LATERAL (SELECT * FROM {schema}.events g WHERE g.position = found.position LIMIT 1) e
ORDER BY e.position
