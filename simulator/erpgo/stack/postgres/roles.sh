#!/bin/sh
# Run once, on an empty database: the exporter's own user, which can look and not touch. psql takes the password from
# the environment and quotes it, so it may have any characters; the server does not log the statement, should it fail.
set -eu
psql -v ON_ERROR_STOP=1 -U "$POSTGRES_USER" -d "$POSTGRES_DB" <<'SQL'
\getenv password EXPORTER_PASSWORD
SET log_min_error_statement = panic;
CREATE ROLE erpgo_exporter LOGIN PASSWORD :'password';
GRANT pg_monitor TO erpgo_exporter;
-- From PostgreSQL 16 on a full server keeps connections for whoever has this role.
SELECT 'GRANT pg_use_reserved_connections TO erpgo_exporter' FROM pg_roles
WHERE rolname = 'pg_use_reserved_connections' \gexec
SQL
