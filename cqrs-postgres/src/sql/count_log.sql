-- Counts the events of a page that a filter matches, and looks at no payload.
-- $1 bigint: after this position, $2 bigint: up to this position, $3 bigint: most rows, one more than are asked for.
-- $4 to $8 text[]: the probes, as those of read_log_filtered.sql; kind 'all' is everything.
-- One row: how many rows there are, when the first was recorded, and the position of the last that is asked for.
-- Indexes: event_tags_tag, events_name, events_category, events_position.
WITH found AS MATERIALIZED (
    SELECT DISTINCT m.position
    FROM unnest($4::text[], $5::text[], $6::text[], $7::text[], $8::text[]) AS p(kind, value, categories, names, tags)
    CROSS JOIN LATERAL (
        (SELECT t.position
         FROM {schema}.event_tags t JOIN {schema}.events f ON f.position = t.position
         WHERE p.kind = 'tag' AND (t.tag, t.position) > (p.value, $1) AND (t.tag, t.position) <= (p.value, $2)
           AND (p.categories IS NULL OR f.category = ANY (string_to_array(p.categories, ' ')))
           AND (p.names IS NULL OR f.name = ANY (string_to_array(p.names, ' ')))
           AND (p.tags IS NULL OR f.tags @> string_to_array(p.tags, ' '))
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
        UNION ALL
        (SELECT f.position FROM {schema}.events f
         WHERE p.kind = 'all' AND f.position > $1 AND f.position <= $2
         ORDER BY f.position LIMIT $3)
    ) m
    ORDER BY m.position
    LIMIT $3
)
SELECT (SELECT count(*) FROM found),
       (SELECT e.recorded_at FROM {schema}.events e WHERE e.position = (SELECT min(position) FROM found)),
       (SELECT position FROM found ORDER BY position OFFSET $3 - 2 LIMIT 1)
