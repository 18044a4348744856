#!/bin/sh
# The database and its two roles, as docs/deployment.md makes them. The image of PostgreSQL runs this once, when its
# volume is empty.
set -eu
psql --quiet --no-psqlrc --set ON_ERROR_STOP=1 --username "$POSTGRES_USER" --dbname postgres \
  --set owner="$OWNER_PASSWORD" --set service="$SERVICE_PASSWORD" <<'SQL'
CREATE ROLE billing_owner LOGIN PASSWORD :'owner';
CREATE ROLE billing_service LOGIN PASSWORD :'service';
CREATE DATABASE billing OWNER billing_owner TEMPLATE template0 ENCODING 'UTF8' LOCALE 'C.UTF-8';
REVOKE CONNECT, TEMPORARY ON DATABASE billing FROM PUBLIC;
GRANT CONNECT ON DATABASE billing TO billing_service;
SQL
