-- Creates the schema with its table of migrations. Several statements, taken as one.
CREATE SCHEMA IF NOT EXISTS {schema};
CREATE TABLE {schema}.migrations (
    number   integer     NOT NULL CONSTRAINT migrations_number PRIMARY KEY,
    name     text        NOT NULL,
    taken_at timestamptz NOT NULL DEFAULT clock_timestamp()
);
