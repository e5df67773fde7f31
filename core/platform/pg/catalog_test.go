package pg_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/kontorhq/kontor/core/platform/pg/pgtest"
)

// Tables without row-level security, and why that is right.
var reference = map[string]string{
	"tenancy_tenants":   "known before there is a tenant; read-only to the application",
	"tenancy_hosts":     "a request's host is looked up before its tenant is known",
	"tenancy_released":  "who gave a name up; asked before anybody gets it, whosever it was",
	"certs_store":       "a certificate is asked for before its tenant is known; sealed, and the control role's alone",
	"certs_locks":       "which node is at work on which of them",
	"certs_hosts":       "how the certificate of an address does; as public as the certificate",
	"certs_orders":      "what was ordered lately, counted over all tenants; the control role's alone",
	"tally_sheets":      "what processes tell each other of requests, by hashes; the control role's alone",
	"kontor_migrations": "says which schema this is",

	"cells_cells":      "which databases there are; how they are reached lies sealed",
	"cells_placements": "in which of them a marketplace is, asked before anything of it is known",
	"cells_hosts":      "the addresses of those that are elsewhere; the same",
	"cells_moves":      "which marketplace is on its way; the control role's alone",
	"cells_fences":     "asked by every unit before it may write: identifiers and times alone",
	"cells_arrivals":   "how far a marketplace has arrived; the control role's alone",

	"plans_plans":         "what can be had; the same for everybody",
	"plugins_publishers":  "who vouches for plugins; the same for everybody",
	"plugins_artifacts":   "versions of plugins; the same for everybody",
	"plugins_bodies":      "their packages; the same for everybody",
	"plugins_wishes":      "which plugins the platform wants started again",
	"plans_subscriptions": "which marketplace has which plan; read and written by the control role alone",
	"plans_overrides":     "what it has beside its plan; the same",
	"plans_revision":      "one number, for every process to see that something changed",
	"jobs_backlog":        "what is not yet in the queue, which is bound to no tenant either: identifiers alone",
}

// Indexes that no condition can use below row-level security, and the function that does.
var served = map[string]string{
	"catalog_listings_tsv": "catalog_items",
}

// Functions outside srch that see past row-level security, and why. None of them may be
// called by the application's role.
var definers = map[string]string{
	"plugins_installations_since": "the plugin host's control work: which tenants use which plugin",
	"plugins_touch":               "who uses an artifact hears of a change of it",
	"plugins_users":               "how many marketplaces use each artifact",
	"plugin_installations_since":  "the plugin host's control work: which tenants use which plugin",
	"jobs_due":                    "the queue's control work: tenants with something due for a task",
	"plugin_operations_due":       "the plugin host's control work: tenants with an effect whose outcome is open",
	"tenancy_runs_due":            "the tenants' control work: which runs nobody looks after",
	"tenancy_purge":               "the end of a tenant: rows of a deleted one, which the application may not remove",
	"tenancy_holds_due":           "the tenants' control work: which legal holds have passed",
}

// A rule is a query over one schema's catalog that returns what breaks it. In all of them
// $1 is the schema, $2 the reference tables, $3 the indexes that functions serve and $4
// the functions that may see past row-level security.
type rule struct{ name, sql string }

const tables = `WITH t AS (
  SELECT c.oid, c.relname::text AS name, c.relkind, c.relpersistence, c.relispartition, c.relrowsecurity, c.relforcerowsecurity, c.reloptions, c.relowner,
         a.attnum AS tenant, a.attnotnull AS tenant_required, a.atttypid AS tenant_type
  FROM pg_class c LEFT JOIN pg_attribute a ON a.attrelid = c.oid AND a.attname = 'tenant_id' AND NOT a.attisdropped
  WHERE c.relnamespace = $1::regnamespace AND c.relkind IN ('r','p')),
 bound AS (SELECT * FROM t WHERE tenant IS NOT NULL AND name <> ALL($2::text[])),
 fk AS (SELECT con.*, bound.name AS of, bound.tenant FROM bound JOIN pg_constraint con ON con.conrelid = bound.oid AND con.contype = 'f' AND con.conparentid = 0),
 used AS (SELECT $3::text[], $4::text[]) `

const canonical = `(tenant_id = (current_setting('app.tenant_id'::text))::uuid)`

var rules = []rule{
	{"every table has a tenant or a reason not to", `SELECT name FROM t WHERE tenant IS NULL AND name <> ALL($2::text[])`},
	{"tenant_id is a uuid and required", `SELECT name FROM bound WHERE NOT tenant_required OR tenant_type <> 'uuid'::regtype`},
	{"every table has a primary key", `SELECT name FROM t WHERE NOT relispartition AND NOT EXISTS (SELECT FROM pg_index i WHERE i.indrelid = t.oid AND i.indisprimary)`},
	{"primary and unique keys start with the tenant", `SELECT name || ' ' || i.indexrelid::regclass FROM bound JOIN pg_index i ON i.indrelid = bound.oid WHERE i.indisunique AND i.indkey[0] <> tenant`},
	{"exclusion constraints hold within a tenant", `SELECT name || ' ' || con.conname FROM bound JOIN pg_constraint con ON con.conrelid = bound.oid AND con.contype = 'x' WHERE NOT tenant = ANY (con.conkey)`},
	{"foreign keys stay within the tenant", `SELECT of || ' ' || conname FROM fk JOIN bound f ON f.oid = fk.confrelid
		WHERE NOT EXISTS (SELECT FROM generate_subscripts(fk.conkey, 1) k WHERE fk.conkey[k] = fk.tenant AND fk.confkey[k] = f.tenant)`},
	{"reference tables point at no tenant's row", `SELECT t.name || ' ' || con.conname FROM t JOIN pg_constraint con ON con.conrelid = t.oid AND con.contype = 'f' JOIN bound f ON f.oid = con.confrelid
		WHERE t.oid NOT IN (SELECT oid FROM bound)`},
	{"no foreign key action may empty the tenant", `SELECT of || ' ' || conname FROM fk WHERE confupdtype IN ('n','d') OR confdeltype IN ('n','d') AND (confdelsetcols IS NULL OR tenant = ANY (confdelsetcols))`},
	{"row-level security is enabled and forced", `SELECT name FROM bound WHERE NOT (relrowsecurity AND relforcerowsecurity)`},
	{"one restrictive policy binds the tenant for reading and writing", `SELECT name FROM bound WHERE 1 <> (SELECT count(*) FROM pg_policy p WHERE p.polrelid = bound.oid AND NOT p.polpermissive)
		OR NOT EXISTS (SELECT FROM pg_policy p WHERE p.polrelid = bound.oid AND NOT p.polpermissive AND p.polcmd = '*' AND p.polroles = '{0}'
			AND pg_get_expr(p.polqual, p.polrelid) = $q$` + canonical + `$q$ AND pg_get_expr(p.polwithcheck, p.polrelid) = $q$` + canonical + `$q$)`},
	{"ids are made by the application", `SELECT t.name || ' ' || a.attname FROM t JOIN pg_attribute a ON a.attrelid = t.oid AND a.attnum > 0 AND NOT a.attisdropped
		LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum WHERE a.attidentity <> '' OR pg_get_expr(d.adbin, d.adrelid) LIKE 'nextval(%'`},
	{"rules of the trade are not in triggers", `SELECT name || ' ' || g.tgname FROM bound JOIN pg_trigger g ON g.tgrelid = bound.oid WHERE NOT g.tgisinternal`},
	{"no inheritance, rewrite rules or unlogged tables", `SELECT name FROM t WHERE relpersistence = 'u' OR EXISTS (SELECT FROM pg_rewrite r WHERE r.ev_class = t.oid)
		OR (NOT relispartition AND EXISTS (SELECT FROM pg_inherits h WHERE h.inhrelid = t.oid))`},
	{"indexes are usable below row-level security, or served by a function", `SELECT DISTINCT i.indexrelid::regclass::text FROM bound JOIN pg_index i ON i.indrelid = bound.oid AND NOT i.indisunique
		CROSS JOIN LATERAL unnest(i.indkey) k JOIN pg_attribute a ON a.attrelid = bound.oid AND a.attnum = k JOIN pg_type y ON y.oid = a.atttypid
		WHERE (a.atttypid IN ('numeric'::regtype, 'jsonb'::regtype, 'tsvector'::regtype) OR y.typcategory = 'A' OR y.typtype = 'r')
		AND NOT split_part(i.indexrelid::regclass::text, '.', -1) = ANY (SELECT unnest($3::text[]))`},
	{"types are exact and portable", `SELECT t.name || ' ' || a.attname || ' ' || format_type(a.atttypid, a.atttypmod) FROM t JOIN pg_attribute a ON a.attrelid = t.oid AND a.attnum > 0 AND NOT a.attisdropped
		WHERE a.atttypid IN ('money'::regtype, 'xml'::regtype, 'timestamp'::regtype, 'timetz'::regtype, 'real'::regtype, 'double precision'::regtype, 'numeric'::regtype, 'bpchar'::regtype)`},
	{"foreign keys are indexed, tenant first", `SELECT of || ' ' || conname FROM fk WHERE NOT EXISTS (SELECT FROM pg_index i WHERE i.indrelid = fk.conrelid AND i.indpred IS NULL
		AND i.indkey[0] = ANY (fk.conkey) AND (array_length(fk.conkey, 1) = 1 OR i.indkey[1] = ANY (fk.conkey)))`},
	{"views run with their reader's rights", `SELECT c.relname FROM pg_class c WHERE c.relnamespace = $1::regnamespace AND c.relkind = 'v' AND NOT coalesce(c.reloptions && ARRAY['security_invoker=true', 'security_invoker=on'], false)`},
	{"no materialized views: they belong to everybody", `SELECT c.relname FROM pg_class c WHERE c.relnamespace = $1::regnamespace AND c.relkind = 'm'`},
	{"functions with their owner's rights live in srch, or are listed and out of the application's reach", `SELECT p.proname FROM pg_proc p WHERE p.pronamespace = $1::regnamespace AND p.prosecdef
		AND (p.proname <> ALL ($4::text[]) OR has_function_privilege('kontor_app', p.oid, 'EXECUTE') OR p.proconfig IS NULL)`},
	{"the application may read and write rows, and nothing else", `SELECT DISTINCT t.name || ' ' || g.privilege_type FROM t JOIN information_schema.role_table_grants g ON g.table_schema = $1::regnamespace::text AND g.table_name = t.name
		WHERE g.grantee IN ('kontor_app', 'kontor_control', 'PUBLIC') AND (g.privilege_type IN ('TRUNCATE', 'REFERENCES', 'TRIGGER') OR g.grantee = 'PUBLIC')`},
	{"the application owns no table", `SELECT name FROM t WHERE relowner IN ('kontor_app'::regrole, 'kontor_control'::regrole)`},
}

func broken(t *testing.T, db *pgxpool.Pool, schema string, r rule) []string {
	t.Helper()
	rows, err := db.Query(context.Background(), tables+r.sql, schema, keys(reference), keys(served), keys(definers))
	if err != nil {
		t.Fatalf("%s: %v", r.name, err)
	}
	found, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		t.Fatalf("%s: %v", r.name, err)
	}
	return found
}

func TestTheListedExceptionsExist(t *testing.T) {
	t.Parallel()
	ops := pgtest.New(t).Ops(t)
	exists := func(sql, name string) {
		var ok bool
		if err := ops.QueryRow(t.Context(), `SELECT EXISTS (`+sql+`)`, name).Scan(&ok); err != nil || !ok {
			t.Errorf("%s is gone; take it off its list (%v)", name, err)
		}
	}
	for table := range reference {
		exists(`SELECT FROM pg_class WHERE relname = $1 AND relkind = 'r'`, table)
	}
	for index, function := range served {
		exists(`SELECT FROM pg_class WHERE relname = $1 AND relkind = 'i'`, index)
		exists(`SELECT FROM pg_proc WHERE proname = $1 AND pronamespace = 'srch'::regnamespace`, function)
	}
	for function := range definers {
		exists(`SELECT FROM pg_proc WHERE proname = $1`, function)
	}
}

func keys(m map[string]string) []string {
	ks := make([]string, 0, len(m))
	for k := range m {
		ks = append(ks, k)
	}
	slices.Sort(ks)
	return ks
}

func TestTheSchemaKeepsTheHouseRules(t *testing.T) {
	t.Parallel()
	ops := pgtest.New(t).Ops(t)
	for _, r := range rules {
		if found := broken(t, ops, "public", r); len(found) > 0 {
			t.Errorf("%s: %s", r.name, strings.Join(found, ", "))
		}
	}
}

// A schema that does everything wrong; without it a rule that never fires would pass.
const sinful = `
CREATE SCHEMA sin; SET search_path = sin, public; CREATE EXTENSION IF NOT EXISTS btree_gist SCHEMA public;
CREATE TABLE lonely (name text, at tstzrange);
CREATE TABLE good (tenant_id uuid NOT NULL, id uuid NOT NULL, PRIMARY KEY (tenant_id, id), UNIQUE (id));
CREATE TABLE bad (id bigserial PRIMARY KEY, tenant_id uuid, good_id uuid REFERENCES good (id) ON DELETE SET NULL, amount numeric, ratio real);
CREATE INDEX ON bad (tenant_id, amount);
CREATE TABLE pointer (id int PRIMARY KEY, good_id uuid REFERENCES good (id));
CREATE UNLOGGED TABLE quick (tenant_id uuid NOT NULL, room int, r tstzrange, PRIMARY KEY (tenant_id, room), EXCLUDE USING gist (room WITH =, r WITH &&));
CREATE FUNCTION act() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS 'BEGIN RETURN NEW; END';
CREATE TRIGGER act BEFORE INSERT ON quick FOR EACH ROW EXECUTE FUNCTION act();
CREATE VIEW peek AS SELECT * FROM good;
CREATE MATERIALIZED VIEW copy AS SELECT * FROM good;
ALTER TABLE good ENABLE ROW LEVEL SECURITY;
CREATE POLICY loose ON good USING (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid);
GRANT TRUNCATE ON good TO kontor_app;
CREATE TABLE owned (tenant_id uuid NOT NULL PRIMARY KEY); ALTER TABLE owned OWNER TO kontor_app;`

func TestEveryHouseRuleNoticesItsBreach(t *testing.T) {
	t.Parallel()
	ops := pgtest.Clone(t).Ops(t)
	if _, err := ops.Exec(t.Context(), sinful); err != nil {
		t.Fatal(err)
	}
	for _, r := range rules {
		if len(broken(t, ops, "sin", r)) == 0 {
			t.Errorf("nothing was found to break %q", r.name)
		}
	}
}

func TestRolesAreWhatTheyShouldBe(t *testing.T) {
	t.Parallel()
	ops := pgtest.New(t).Ops(t)
	rows, err := ops.Query(t.Context(), `SELECT concat_ws(' ', rolname, rolsuper, rolbypassrls, rolcanlogin, rolcreaterole, rolcreatedb, rolreplication) FROM pg_roles WHERE rolname LIKE 'kontor\_%' ORDER BY rolname`)
	if err != nil {
		t.Fatal(err)
	}
	got, err := pgx.CollectRows(rows, pgx.RowTo[string])
	want := []string{"kontor_app f f t f f f", "kontor_control f f t f f f", "kontor_owner f t f f f f"}
	if err != nil || !slices.Equal(got, want) {
		t.Fatalf("name, super, bypass, login, createrole, createdb, replication: got %q, %v", got, err)
	}
	var creates string
	err = ops.QueryRow(t.Context(), `SELECT coalesce(string_agg(n.nspname, ','), '') FROM pg_namespace n WHERE has_schema_privilege('kontor_app', n.oid, 'CREATE')`).Scan(&creates)
	if err != nil || creates != "" {
		t.Fatalf("the application may create in %q, %v", creates, err)
	}
}

// Search functions see past row-level security. Each must take its tenant from the setting,
// run with a fixed search_path and be callable by the application alone.
func TestSearchFunctionsAreFencedIn(t *testing.T) {
	t.Parallel()
	ops := pgtest.New(t).Ops(t)
	rows, err := ops.Query(t.Context(), `SELECT p.oid::regprocedure::text, p.prosecdef, p.proowner = 'kontor_owner'::regrole,
		coalesce(p.proconfig::text LIKE '%search_path=%', false), has_function_privilege('kontor_control', p.oid, 'EXECUTE'), pg_get_functiondef(p.oid)
		FROM pg_proc p WHERE p.pronamespace = 'srch'::regnamespace`)
	if err != nil {
		t.Fatal(err)
	}
	var name, def string
	var definer, owned, fixed, public bool
	_, err = pgx.ForEachRow(rows, []any{&name, &definer, &owned, &fixed, &public, &def}, func() error {
		if !owned || public {
			t.Errorf("%s: owner's %v, public %v", name, owned, public)
		}
		if definer && (!fixed || !strings.Contains(def, `current_setting('app.tenant_id')`)) {
			t.Errorf("%s: search_path fixed %v, or its tenant is not the setting's", name, fixed)
		}
		if strings.Contains(def, `current_setting('app.tenant_id', true)`) || strings.Contains(name, "tenant") {
			t.Errorf("%s takes a tenant that may be missing or that a caller may choose", name)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

// generated makes one row of any table: which values does not matter, only whose it is.
func generated(ctx context.Context, t *testing.T, ops *pgxpool.Pool, table string) (columns, values string) {
	t.Helper()
	rows, err := ops.Query(ctx, `SELECT a.attname::text, coalesce(base.typname, y.typname)::text, y.typcategory::text FROM pg_attribute a JOIN pg_type y ON y.oid = a.atttypid LEFT JOIN pg_type base ON base.oid = y.typbasetype AND y.typtype = 'd'
		WHERE a.attrelid = $1::regclass AND a.attnum > 0 AND NOT a.attisdropped AND a.attgenerated = '' ORDER BY a.attnum`, table)
	if err != nil {
		t.Fatal(err)
	}
	var cs, vs []string
	var name, kind, category string
	_, err = pgx.ForEachRow(rows, []any{&name, &kind, &category}, func() error {
		v := map[string]string{
			"uuid": "gen_random_uuid()", "text": "gen_random_uuid()::text", "json": "'{}'", "jsonb": "'{}'", "timestamptz": "now()", "date": "current_date",
			"int2": "1", "int4": "1", "int8": "1", "bool": "false", "bytea": `'\x00'`, "tsvector": "''", "inet": "'192.0.2.1'", "interval": "'1s'",
		}[kind]
		switch {
		case name == "tenant_id":
			v = "$1"
		case category == "A":
			v = "'{}'"
		case v == "":
			return fmt.Errorf("teach this test a value of type %s (%s.%s)", kind, table, name)
		}
		cs, vs = append(cs, `"`+name+`"`), append(vs, v)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return strings.Join(cs, ", "), strings.Join(vs, ", ")
}
