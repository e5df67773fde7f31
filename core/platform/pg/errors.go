package pg

import (
	"context"
	"database/sql"
	"errors"
	"io"
	"net"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"gorm.io/gorm"

	"github.com/kontorhq/kontor/core/fault"
)

// What the database can do to a person who did nothing wrong.
var (
	ErrUnavailable = fault.New(fault.Unavailable, "pg.unavailable", "The database cannot be reached at the moment.").Then("Try again in a few seconds.")
	ErrBusy        = fault.New(fault.Unavailable, "pg.busy", "There is too much going on at the moment.").Then("Try again in a few seconds.")
	ErrTooSlow     = fault.New(fault.Unavailable, "pg.too_slow", "This took too long and was stopped.").Then("Ask for less at once, or try again later.")
	ErrMoving      = fault.New(fault.Unavailable, "pg.moving", "This marketplace is being moved to another database; for a few seconds nothing can be changed.").Then("Send it again in a moment; nothing of yours is lost.")
	ErrLocked      = fault.New(fault.Conflict, "pg.locked", "Somebody else is changing this right now.").Then("Try again in a moment.")
)

// SQLSTATEs that this package gives a meaning to.
const (
	uniqueViolation = "23505"
	foreignKey      = "23503"
	checkViolation  = "23514"
	serialization   = "40001"
	deadlock        = "40P01"
	lockTimeout     = "55P03"
	queryCanceled   = "57014"
	fenced          = "KM001" // raised by kontor_fence
)

// reconnect is how long a connection that broke before anything was written is tried
// again: about as long as a killed server takes to come back.
var reconnect = []time.Duration{20 * time.Millisecond, 60 * time.Millisecond, 150 * time.Millisecond, 300 * time.Millisecond, 500 * time.Millisecond, 800 * time.Millisecond}

func state(err error) string {
	var pe *pgconn.PgError
	if errors.As(err, &pe) {
		return pe.Code
	}
	return ""
}

// Violated names the unique constraint or index that a write ran into.
func Violated(err error) (constraint string, ok bool) { return constraintOf(err, uniqueViolation) }

// CheckFailed names the check constraint that a write broke.
func CheckFailed(err error) (constraint string, ok bool) { return constraintOf(err, checkViolation) }

// Dangling names the foreign key whose other end is missing or still in use.
func Dangling(err error) (constraint string, ok bool) { return constraintOf(err, foreignKey) }

func constraintOf(err error, code string) (string, bool) {
	var pe *pgconn.PgError
	if !errors.As(err, &pe) || pe.Code != code {
		return "", false
	}
	return pe.ConstraintName, true
}

// NoRows reports whether a query for one row found none, whichever driver asked.
func NoRows(err error) bool {
	return errors.Is(err, pgx.ErrNoRows) || errors.Is(err, sql.ErrNoRows) || errors.Is(err, gorm.ErrRecordNotFound)
}

func retriable(err error) bool {
	c := state(err)
	return c == serialization || c == deadlock
}

// lost reports whether the connection is gone, or was refused because the server is
// stopping, starting or recovering: classes 57P and 08.
func lost(err error) bool {
	if err == nil || errors.Is(err, context.Canceled) || errors.Is(err, ErrBusy) {
		return false
	}
	var dial *pgconn.ConnectError
	if errors.As(err, &dial) {
		return true // whatever the reason: nothing was begun
	}
	if c := state(err); c != "" {
		return len(c) == 5 && (c[:3] == "57P" || c[:2] == "08")
	}
	var op *net.OpError
	return errors.As(err, &op) || errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) || pgconn.SafeToRetry(err)
}

// translate classifies what no store can know better; a fault stays what it is.
func translate(err error) error {
	var f *fault.Error
	if err == nil || errors.As(err, &f) {
		return err
	}
	switch state(err) {
	case lockTimeout, deadlock, serialization:
		return ErrLocked.Because(err)
	case fenced:
		return ErrMoving.Because(err)
	case queryCanceled:
		return ErrTooSlow.Because(err)
	}
	if lost(err) {
		return ErrUnavailable.Because(err)
	}
	return err
}
