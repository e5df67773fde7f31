package pg

import (
	"context"
	"fmt"
	"net/url"
	"strings"

	"github.com/jackc/pgx/v5"
)

// rolesSQL makes the three roles. The owner runs migrations and owns the search functions
// that must see past row-level security to use their index; nobody logs in as it.
const rolesSQL = `DO $$
DECLARE r record;
BEGIN
  FOR r IN SELECT * FROM (VALUES
      ('kontor_owner', 'NOLOGIN BYPASSRLS'),
      ('kontor_app', 'LOGIN NOINHERIT'),
      ('kontor_control', 'LOGIN NOINHERIT')) v (name, options) LOOP
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = r.name) THEN
      BEGIN
        EXECUTE format('CREATE ROLE %I %s', r.name, r.options);
      EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL; -- another database of this server was quicker
      END;
    END IF;
  END LOOP;
  IF NOT (SELECT rolsuper FROM pg_roles WHERE rolname = current_user) THEN
    EXECUTE format('GRANT kontor_owner TO %I', current_user);
  END IF;
  EXECUTE format('GRANT CREATE ON DATABASE %I TO kontor_owner', current_database());
  -- A request reads one tenant's share of a table, never the table. A plan that is kept from
  -- when the table was empty would; and its cost must not set the compiler to work.
  EXECUTE format('ALTER ROLE kontor_app IN DATABASE %I SET enable_seqscan = off', current_database());
  EXECUTE format('ALTER ROLE kontor_app IN DATABASE %I SET jit = off', current_database());
  -- Bodies of letters and kept answers are compressed with every order: by the quicker way
  -- where the server has it.
  IF EXISTS (SELECT FROM pg_settings WHERE name = 'default_toast_compression' AND 'lz4' = ANY (enumvals)) THEN
    EXECUTE format('ALTER ROLE kontor_app IN DATABASE %I SET default_toast_compression = lz4', current_database());
  END IF;
  -- A process that stops in the middle of a unit must not keep a marketplace's rows locked.
  EXECUTE format('ALTER ROLE kontor_app IN DATABASE %I SET idle_in_transaction_session_timeout = %L', current_database(), '60s');
  EXECUTE format('REVOKE TEMPORARY ON DATABASE %I FROM PUBLIC', current_database());
  GRANT USAGE, CREATE ON SCHEMA public TO kontor_owner;
END $$`

// grantsSQL runs after every migration, so that a new search function or queue table is
// neither forgotten nor open to everyone.
const grantsSQL = `
GRANT USAGE ON SCHEMA public, srch, river TO kontor_app;
GRANT USAGE ON SCHEMA public TO kontor_control;
GRANT SELECT ON kontor_migrations TO kontor_app;
REVOKE EXECUTE ON FUNCTION kontor_tenant_table FROM PUBLIC;
REVOKE EXECUTE ON ALL FUNCTIONS IN SCHEMA srch FROM PUBLIC;
GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA srch TO kontor_app;
GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA river TO kontor_app;
GRANT USAGE ON ALL SEQUENCES IN SCHEMA river TO kontor_app`

func bootstrapRoles(ctx context.Context, admin *pgx.Conn) error {
	if _, err := admin.Exec(ctx, rolesSQL); err != nil {
		return fmt.Errorf("pg: roles: %w", err)
	}
	for _, role := range []string{"kontor_app", "kontor_control"} {
		p := password(admin.Config().Password, role)
		if p == "" {
			continue
		}
		// base64url holds no quote; ALTER ROLE takes no parameters.
		if _, err := admin.Exec(ctx, fmt.Sprintf(`ALTER ROLE %s PASSWORD '%s'`, role, p)); err != nil {
			return fmt.Errorf("pg: password of %s: %w", role, err)
		}
	}
	return nil
}

func grant(ctx context.Context, admin *pgx.Conn) error {
	return pgx.BeginFunc(ctx, admin, func(tx pgx.Tx) error {
		if _, err := tx.Exec(ctx, `SET LOCAL ROLE kontor_owner;`+leanSQL+grantsSQL); err != nil {
			return fmt.Errorf("pg: grants: %w", err)
		}
		return nil
	})
}

// as is the way to the same database as another role: the administrator's connection
// string, in either of its spellings, with another user.
func as(c *pgx.ConnConfig, role string) string {
	dsn, pass := c.ConnString(), password(c.Password, role)
	if !strings.HasPrefix(dsn, "postgres://") && !strings.HasPrefix(dsn, "postgresql://") {
		dsn += " user=" + role
		if pass != "" {
			dsn += " password=" + pass
		}
		return strings.TrimSpace(dsn)
	}
	u, err := url.Parse(dsn)
	if err != nil {
		return dsn // it was parsed a moment ago
	}
	u.User = url.User(role)
	if pass != "" {
		u.User = url.UserPassword(role, pass)
	}
	q := u.Query()
	q.Del("user")
	q.Del("password")
	u.RawQuery = q.Encode()
	return u.String()
}
