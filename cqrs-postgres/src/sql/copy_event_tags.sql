-- The tags of the events of an import. Between begin_import and end_import.
COPY {schema}.event_tags (tag, position) FROM STDIN (FORMAT binary)
