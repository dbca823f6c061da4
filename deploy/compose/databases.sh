# Each service owns its database, and cannot connect to the other's.
for name in reserves arbitrage; do
  psql --username postgres --set ON_ERROR_STOP=1 --set "name=$name" \
    --set "password=$(cat "/run/secrets/${name}_postgres_password")" << 'SQL'
CREATE ROLE :"name" LOGIN PASSWORD :'password';
CREATE DATABASE :"name" OWNER :"name";
REVOKE CONNECT ON DATABASE :"name" FROM PUBLIC;
SQL
done
