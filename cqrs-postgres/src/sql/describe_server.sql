-- What a store must know about the server before it relies on it.
SELECT current_setting('server_version_num')::integer,
       (SELECT pg_encoding_to_char(d.encoding)::text FROM pg_catalog.pg_database d WHERE d.datname = current_database()),
       pg_is_in_recovery() OR current_setting('transaction_read_only') = 'on',
       current_setting('max_locks_per_transaction')::bigint * current_setting('max_connections')::bigint
