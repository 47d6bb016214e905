package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"

	"github.com/jackc/pgx/v5/pgconn"
	"github.com/ncruces/go-sqlite3"

	"github.com/outrider-project/outrider"
	"github.com/outrider-project/outrider/server"
)

// Codes of PostgreSQL, docs/current/errcodes-appendix.
const (
	pgDiskFull        = "53100"
	pgTooMany         = "53300"
	pgUniqueViolation = "23505"
	pgCheckViolation  = "23514"
	pgForeignKey      = "23503"
	pgTooLong         = "22001"
	pgShutdown        = "57P01"
	pgCannotConnect   = "57P03"
	pgSerialization   = "40001"
	pgDeadlock        = "40P01"
)

// fault translates what a driver says, once. Errors that come from this module
// pass unchanged.
func fault(doing string, err error) error {
	switch {
	case err == nil:
		return nil
	case errors.Is(err, sql.ErrNoRows):
		return server.ErrNotFound
	case errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded):
		return err
	case errors.Is(err, sqlite3.INTERRUPT):
		return fmt.Errorf("store: %s: %w", doing, context.Canceled)
	case errors.Is(err, sqlite3.BUSY), errors.Is(err, sqlite3.LOCKED), code(err, pgTooMany, pgShutdown, pgCannotConnect, pgSerialization, pgDeadlock):
		return &outrider.Error{Kind: outrider.Interrupted, Where: "store", Cause: "the database is busy or stops", Remedy: "try again in a moment", Err: err}
	case errors.Is(err, sqlite3.FULL), code(err, pgDiskFull):
		return &outrider.Error{Kind: outrider.Internal, Where: "store", Cause: "the disk is full; nothing was changed", Remedy: "make room on the disk of the database", Err: err}
	case errors.Is(err, sqlite3.CORRUPT), errors.Is(err, sqlite3.NOTADB):
		return &outrider.Error{Kind: outrider.Internal, Where: "store", Cause: "the database is damaged", Remedy: "stop the server and restore the last backup", Err: err}
	case errors.Is(err, sqlite3.CONSTRAINT_FOREIGNKEY), code(err, pgForeignKey):
		// What it was about has gone in this moment, or never was.
		return server.ErrNotFound
	case errors.Is(err, sqlite3.CONSTRAINT_UNIQUE), errors.Is(err, sqlite3.CONSTRAINT_PRIMARYKEY), code(err, pgUniqueViolation):
		return &outrider.Error{Kind: outrider.Stale, Where: "store", Cause: "there is one already", Remedy: "look at what is there", Err: err}
	case errors.Is(err, sqlite3.CONSTRAINT_CHECK), code(err, pgCheckViolation, pgTooLong):
		return &outrider.Error{Kind: outrider.Invalid, Where: "store", Cause: "a value is longer than it may be, or none of those that may be", Remedy: "shorten it; docs/store.md has the limits", Err: err}
	}
	if _, ok := errors.AsType[*outrider.Error](err); ok {
		return err
	}
	if _, ok := errors.AsType[*server.ConflictError](err); ok {
		return err
	}
	return fmt.Errorf("store: %s: %w", doing, err)
}

func code(err error, codes ...string) bool {
	pg, ok := errors.AsType[*pgconn.PgError](err)
	return ok && slices.Contains(codes, pg.Code)
}
