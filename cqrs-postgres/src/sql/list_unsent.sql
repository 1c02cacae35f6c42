-- Reads a page of the staged commands that could not be sent, by rising position and id.
-- $1 text: the processor, $2 integer: the generation, $3 bigint and $4 uuid: after this position and id,
-- $5 bigint: most rows.
-- Indexes: generations_number, staged_unsent.
SELECT NULL::timestamptz AS next_due_at, s.id, s.partition, s.key, s.position, s.number, s.command, s.correlation_id,
       s.causation_id, s.metadata, s.timer, s.is_timer, s.due_at, s.attempts, s.error, s.is_parked, s.request
FROM {schema}.staged s
WHERE s.generation = (SELECT g.id FROM {schema}.generations g WHERE g.processor = $1 AND g.number = $2)
  AND s.attempts > 0 AND (s.position, s.id) > ($3, $4)
ORDER BY s.generation, s.position, s.id
LIMIT $5
