package main

import (
	"context"
	"fmt"
	"net/url"
	"os"
	"strings"

	"github.com/jackc/pgx/v5"

	"github.com/kontorhq/kontor/core/platform/pg/embedded"
)

// cluster is a PostgreSQL with the settings of production, durable ones included, that
// holds the product's database and the baseline's.
type cluster struct {
	dir    string
	keep   bool
	server *embedded.Server
}

// openCluster starts one in dir, or in a folder of its own that is removed at the end.
func openCluster(ctx context.Context, dir string) (_ *cluster, err error) {
	c := &cluster{dir: dir, keep: dir != ""}
	if !c.keep {
		if c.dir, err = os.MkdirTemp("", "kontor-bench-"); err != nil {
			return nil, err
		}
		if err := os.Chmod(c.dir, 0o755); err != nil { // PostgreSQL may run as somebody else
			return nil, err
		}
	}
	c.server, err = embedded.Start(ctx, embedded.Options{Data: c.dir})
	return c, err
}

func (c *cluster) close() {
	if c.server != nil {
		if err := c.server.Stop(); err != nil {
			fmt.Fprintln(os.Stderr, "bench: stop the database:", err)
		}
	}
	if !c.keep {
		_ = os.RemoveAll(c.dir)
	}
}

// url is a database of the cluster as a role; the administrator's own when user is empty.
func (c *cluster) url(database, user, password string) (string, error) {
	cfg, err := pgx.ParseConfig(c.server.AdminURL())
	if err != nil {
		return "", err
	}
	if user == "" {
		user, password = cfg.User, cfg.Password
	}
	u := url.URL{
		Scheme: "postgres", User: url.UserPassword(user, password), Path: "/" + database,
		RawQuery: url.Values{"host": {cfg.Host}, "port": {"5432"}, "sslmode": {"disable"}}.Encode(),
	}
	return u.String(), nil
}

// admin connects as the superuser; a database that is missing is made.
func (c *cluster) admin(ctx context.Context, database string) (*pgx.Conn, error) {
	u, err := c.url(database, "", "")
	if err != nil {
		return nil, err
	}
	conn, err := pgx.Connect(ctx, u)
	if err == nil || !strings.Contains(err.Error(), "does not exist") {
		return conn, err
	}
	main, err := pgx.Connect(ctx, c.server.AdminURL())
	if err != nil {
		return nil, err
	}
	defer func() { _ = main.Close(ctx) }()
	if _, err := main.Exec(ctx, "CREATE DATABASE "+pgx.Identifier{database}.Sanitize()); err != nil {
		return nil, err
	}
	return pgx.Connect(ctx, u)
}
