-- Finds all generations with how far their partitions are and what waits, by name and number.
-- $1 text: the processor, null for all.
-- Indexes: partitions_partition, parked_key, staged_id, staged_unsent for each generation; none to find the generations, which are few.
SELECT g.processor, g.number, r.kind, g.version, g.partitions, g.state, g.began_at, g.start,
       p.numbers, p.checkpoints, p.epochs, p.owners,
       (SELECT count(*) FROM {schema}.first_parked(g.id, NULL) k 
        WHERE k.attempts IS NOT NULL AND k.retry_at IS NULL) AS parked_keys,
       (SELECT count(*) FROM {schema}.parked k WHERE k.generation = g.id) AS parked_events,
       (SELECT count(*) FROM {schema}.staged s WHERE s.generation = g.id) AS staged_commands,
       (SELECT count(*) FROM {schema}.staged s
        WHERE s.generation = g.id AND s.attempts > 0 AND s.is_parked) AS parked_commands
FROM {schema}.generations g
JOIN {schema}.processors r ON r.name = g.processor
CROSS JOIN LATERAL (
    SELECT array_agg(o.partition ORDER BY o.partition) AS numbers,
           array_agg(o.checkpoint ORDER BY o.partition) AS checkpoints,
           array_agg(o.epoch ORDER BY o.partition) AS epochs,
           array_agg(CASE WHEN o.lease_until > clock_timestamp() THEN o.owner END ORDER BY o.partition) AS owners
    FROM {schema}.partitions o WHERE o.generation = g.id
) p
WHERE g.processor = $1 OR $1 IS NULL
ORDER BY g.processor, g.number
