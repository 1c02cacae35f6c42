-- Records one event alone, without tags, condition and receipt, or says why not.
-- $1 to $9 locks, $10 to $12 stream, $13 to $19 event: documented in migrations/0010_append_one.sql.
-- Indexes: events_stream, where it is not recorded those of append_batch.sql.
SELECT refused_appends, refused_reasons, refused_streams, refused_numbers,
       recorded_streams, recorded_versions, recorded_positions,
       tail_streams, tail_versions, tail_positions, tail_times, tail_ids, tail_correlations, tail_causations,
       tail_schema_versions, tail_names, tail_tags, tail_metadatas, tail_payloads,
       recorded_version, recorded_position
FROM {schema}.append_one($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19)
