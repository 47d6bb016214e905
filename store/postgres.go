package store

import (
	"context"
	"database/sql"
	"errors"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/stdlib"
	"github.com/pressly/goose/v3"
	"github.com/pressly/goose/v3/lock"

	"github.com/outrider-project/outrider"
)

const postgresName = "postgres"

// connections is how many of PostgreSQL are held at most.
const connections = 8

func openPostgres(ctx context.Context, target string, change bool) (*Store, error) {
	config, err := pgx.ParseConfig(target)
	if err != nil {
		return nil, &outrider.Error{Kind: outrider.Usage, Where: Redacted(target), Cause: "this is no address of a PostgreSQL database", Remedy: "write postgres://USER@HOST/DATABASE; the password goes into PGPASSFILE or the variable PGPASSWORD"}
	}
	config.RuntimeParams["application_name"] = "outrider"
	// What is acknowledged is on disk, whatever the server's default is.
	config.RuntimeParams["synchronous_commit"] = "on"
	db := stdlib.OpenDB(*config)
	db.SetMaxOpenConns(connections)
	db.SetMaxIdleConns(connections)
	s := &Store{
		write: db, read: db, random: systemRandom(),
		dialect: dialect{
			name: postgresName, lockRow: " FOR UPDATE", skipHeld: " FOR UPDATE SKIP LOCKED",
			snapshot: &sql.TxOptions{Isolation: sql.LevelRepeatableRead, ReadOnly: true},
		},
	}
	if err := s.connect(ctx, target, change); err != nil {
		return nil, errors.Join(err, db.Close())
	}
	return s, nil
}

func (s *Store) connect(ctx context.Context, target string, change bool) error {
	if err := s.write.PingContext(ctx); err != nil {
		e := &outrider.Error{Kind: outrider.Unreadable, Where: Redacted(target), Cause: "the database does not answer", Remedy: "see that it runs, that the address is right and that you may use it", Err: err}
		if pg, ok := errors.AsType[*pgconn.PgError](err); ok {
			e.Cause = "the database refuses: " + pg.Message
		}
		return e
	}
	one, err := lock.NewPostgresSessionLocker()
	if err != nil {
		return err
	}
	return inFile(Redacted(target), s.migrate(ctx, change, 0, goose.WithSessionLocker(one)))
}
