#!/bin/sh
# Run once, on an empty database: the exporter's own user, which can look and not touch.
set -eu
psql -v ON_ERROR_STOP=1 -U "$POSTGRES_USER" -d "$POSTGRES_DB" <<SQL
CREATE ROLE erpgo_exporter LOGIN PASSWORD '$EXPORTER_PASSWORD';
GRANT pg_monitor TO erpgo_exporter;
-- From PostgreSQL 16 on a full server keeps connections for whoever has this role.
SELECT 'GRANT pg_use_reserved_connections TO erpgo_exporter' FROM pg_roles
WHERE rolname = 'pg_use_reserved_connections' \gexec
SQL
