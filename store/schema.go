package store

import (
	"context"
	"database/sql"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strconv"
	"strings"

	"github.com/pressly/goose/v3"

	"github.com/outrider-project/outrider"
)

//go:embed migrations/*.sql
var migrations embed.FS

// versionTable is where goose keeps which migrations were made.
const versionTable = "schema_version"

// A table is what the portable form and the register know of one.
type table struct {
	name    string
	columns []string // a name with ":n" is a number, with ":b" bytes
	key     string   // by which rows are ordered
}

// tables lists the tables such that none refers to a later one.
func tables() []table {
	return []table{
		{"units", []string{"path", "parent"}, "path"},
		{"accounts", []string{"id", "call_sign", "unit", "since:n"}, "id"},
		{"devices", []string{"id", "account", "credential:b", "public_key:b", "counter:n", "synced:n", "since:n", "revoked:n"}, "id"},
		{"sessions", []string{"hash", "account", "device", "since:n", "seen:n"}, "hash"},
		{"invitations", []string{"id", "hash", "call_sign", "unit", "role", "inviter", "until:n"}, "id"},
		{"movements", []string{"id", "unit", "name", "map", "document:b", "state", "version:n", "closed:n", "erased:n"}, "id"},
		{"grants", []string{"account", "role", "unit", "movement", "since:n", "until:n"}, "account, role, COALESCE(unit, ''), COALESCE(movement, '')"},
		{"plans", []string{"id", "movement", "map", "author", "made:n", "content:b", "hash:b"}, "id"},
		{"approval_steps", []string{"plan", "step:n", "line:b"}, "plan, step"},
		{"findings", []string{"id", "kind", "day", "lat:n", "lon:n", "line:b"}, "id"},
		{"replies", []string{"account", "idempotency_key", "request", "status:n", "media_type", "etag", "body:b", "at:n"}, "account, idempotency_key"},
		{"jobs", []string{"id", "kind", "movement", "owner", "input:b", "state", "phase", "done:n", "total:n", "result", "fault", "attempts:n", "added:n", "until:n", "ended:n"}, "id"},
		{"audit", []string{"number:n", "at:n", "salt:b", "actor", "what", "subject", "why", "digest:b", "hash:b"}, "number"},
		{"chain_head", []string{"id:n", "number:n", "hash:b"}, "id"},
	}
}

func (t table) names() []string {
	out := make([]string, len(t.columns))
	for i, c := range t.columns {
		out[i], _, _ = strings.Cut(c, ":")
	}
	return out
}

// Schema returns the columns of every table, for the register of what is stored.
// Tests compare it with both databases.
func Schema() map[string][]string {
	out := map[string][]string{versionTable: {"id", "is_applied", "tstamp", "version_id"}}
	for _, t := range tables() {
		out[t.name] = slices.Sorted(slices.Values(t.names()))
	}
	return out
}

// Columns returns the columns of every table as the database has them.
func (s *Store) Columns(ctx context.Context) (map[string][]string, error) {
	query := `SELECT table_name, column_name FROM information_schema.columns WHERE table_schema = current_schema() ORDER BY 1, 2`
	if s.dialect.name == sqliteName {
		query = `SELECT m.name, c.name FROM sqlite_schema m, pragma_table_info(m.name) c WHERE m.type = 'table' AND m.name NOT LIKE 'sqlite\_%' ESCAPE '\' ORDER BY 1, 2`
	}
	out := map[string][]string{}
	err := each(ctx, s.read, func(scan scan) error {
		var table, column string
		if err := scan(&table, &column); err != nil {
			return err
		}
		out[table] = append(out[table], column)
		return nil
	}, query)
	return out, err
}

// migration is a step of the schema.
type migration struct {
	version int64
	sql     string
}

// steps returns the migrations in order, in the words of a database.
func steps(name string) ([]migration, error) {
	files, err := fs.Glob(migrations, "migrations/*.sql")
	if err != nil {
		return nil, err
	}
	var out []migration
	for _, f := range files {
		src, err := migrations.ReadFile(f)
		if err != nil {
			return nil, err
		}
		number, _, _ := strings.Cut(strings.TrimPrefix(f, "migrations/"), "_")
		version, err := strconv.ParseInt(number, 10, 64)
		if err != nil {
			return nil, fmt.Errorf("migration %s: %w", f, err)
		}
		out = append(out, migration{version, inWordsOf(name, string(src))})
	}
	return out, nil
}

// inWordsOf turns SQL of a schema into that of a database. Texts are compared by
// their bytes in both, so that lists have one order.
func inWordsOf(name, src string) string {
	if name == sqliteName {
		return src
	}
	return strings.NewReplacer("INTEGER", "BIGINT", "BLOB", "BYTEA", "TEXT", `TEXT COLLATE "C"`, ") STRICT;", ");").Replace(src)
}

// migrate brings the schema up to date, or up to a version for tests; with
// change false it only looks.
func (s *Store) migrate(ctx context.Context, change bool, upTo int64, options ...goose.ProviderOption) error {
	all, err := steps(s.dialect.name)
	if err != nil {
		return err
	}
	latest := all[len(all)-1].version
	dialect := goose.DialectPostgres
	if s.dialect.name == sqliteName {
		dialect = goose.DialectSQLite3
	}
	known := make([]*goose.Migration, len(all))
	for i, m := range all {
		known[i] = goose.NewGoMigration(m.version, &goose.GoFunc{RunTx: func(ctx context.Context, tx *sql.Tx) error {
			_, err := tx.ExecContext(ctx, m.sql)
			return err
		}}, nil)
	}
	options = append(options, goose.WithGoMigrations(known...), goose.WithDisableGlobalRegistry(true), goose.WithTableName(versionTable))
	p, err := goose.NewProvider(dialect, s.write, nil, options...)
	if err != nil {
		return fmt.Errorf("store: migrations: %w", err)
	}
	there, err := s.hasTable(ctx, versionTable)
	if err != nil {
		return err
	}
	if !there && !change {
		return &outrider.Error{Kind: outrider.Unreadable, Where: "store", Cause: "there is no store of Outrider in this database", Remedy: "see that the name is right"}
	}
	if there {
		now, err := p.GetDBVersion(ctx)
		if err != nil {
			return fault("read the version of the schema", err)
		}
		switch {
		case now > latest:
			return &outrider.Error{Kind: outrider.Unreadable, Where: "store", Cause: fmt.Sprintf("a later version of the program has written it: its schema is %d, and this program knows %d", now, latest), Remedy: "use the later program"}
		case now == latest:
			return nil
		case !change:
			return &outrider.Error{Kind: outrider.Unreadable, Where: "store", Cause: fmt.Sprintf("an earlier version of the program has written it: its schema is %d, and this program wants %d", now, latest), Remedy: "make a backup with that program, then start outrider serve of this one once"}
		}
	}
	if upTo == 0 {
		upTo = latest
	}
	if _, err := p.UpTo(ctx, upTo); err != nil {
		// What is inside may name the cause that people can mend.
		return errors.Join(fmt.Errorf("store: bring the schema up to date"), fault("migrate", err))
	}
	return nil
}

func (s *Store) hasTable(ctx context.Context, name string) (bool, error) {
	if s.dialect.name == sqliteName {
		return exists(ctx, s.write, `SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = $1`, name)
	}
	return exists(ctx, s.write, `SELECT 1 FROM information_schema.tables WHERE table_schema = current_schema() AND table_name = $1`, name)
}
