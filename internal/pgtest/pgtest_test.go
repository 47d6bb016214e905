package pgtest_test

import (
	"context"
	"testing"

	"github.com/jackc/pgx/v5"

	"github.com/outrider-project/outrider/internal/pgtest"
)

// TestDatabasesAreApart asks for two databases: what is in one is not in the
// other.
func TestDatabasesAreApart(t *testing.T) {
	count := func(address, query string) (n int) {
		t.Helper()
		db, err := pgx.Connect(t.Context(), address)
		if err != nil {
			t.Fatal(err)
		}
		defer func() {
			if err := db.Close(context.WithoutCancel(t.Context())); err != nil {
				t.Error(err)
			}
		}()
		if err := db.QueryRow(t.Context(), query).Scan(&n); err != nil {
			t.Fatal(err)
		}
		return n
	}
	one, two := pgtest.URL(t), pgtest.URL(t)
	if one == two {
		t.Fatal("two tests share a database")
	}
	if n := count(one, `WITH made AS (SELECT 1) SELECT count(*) FROM made`); n != 1 {
		t.Errorf("%d rows, want 1", n)
	}
	const tables = `SELECT count(*) FROM information_schema.tables WHERE table_schema = 'public'`
	db, err := pgx.Connect(t.Context(), one)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := db.Exec(t.Context(), `CREATE TABLE only_here (id INTEGER)`); err != nil {
		t.Fatal(err)
	}
	if err := db.Close(t.Context()); err != nil {
		t.Fatal(err)
	}
	if a, b := count(one, tables), count(two, tables); a != 1 || b != 0 {
		t.Errorf("%d and %d tables, want 1 and 0", a, b)
	}
}
