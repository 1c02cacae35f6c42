-- Reads the staged commands that are due in some partitions, and when the next one is: one row at least.
-- $1 text: the processor, $2 integer: the generation, $3 integer[]: the partitions, $4 timestamptz: now,
-- $5 bigint: most rows.
-- Indexes: generations_number, staged_due.
SELECT n.next_due_at, s.id, s.partition, s.key, s.position, s.number, s.command, s.correlation_id, s.causation_id,
       s.metadata, s.timer, s.is_timer, s.due_at, s.attempts, s.error,
       s.is_parked, s.request
FROM (SELECT g.id, (
          SELECT min(a.due_at)
          FROM unnest($3::integer[]) AS p(partition)
          CROSS JOIN LATERAL (
              SELECT o.due_at FROM {schema}.staged o
              WHERE o.generation = g.id AND o.partition = p.partition AND o.due_at > $4 AND NOT o.is_parked
              ORDER BY o.generation, o.partition, o.due_at LIMIT 1
          ) a
      ) AS next_due_at
      FROM {schema}.generations g
      WHERE g.processor = $1 AND g.number = $2) n
LEFT JOIN LATERAL (
    SELECT a.*
    FROM unnest($3::integer[]) AS p(partition)
    CROSS JOIN LATERAL (
        SELECT * FROM {schema}.staged o
        WHERE o.generation = n.id AND o.partition = p.partition AND o.due_at <= $4 AND NOT o.is_parked
        ORDER BY o.generation, o.partition, o.due_at, o.position, o.number LIMIT $5
    ) a
    ORDER BY a.due_at, a.position, a.number, a.id
    LIMIT $5
) s ON true
ORDER BY s.due_at, s.position, s.number, s.id
