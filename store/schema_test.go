package store_test

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/outrider-project/outrider"
	"github.com/outrider-project/outrider/store"
)

// TestSchemaIsTheSame holds both databases against the list that the register is
// compared with (internal/archtest).
func TestSchemaIsTheSame(t *testing.T) {
	onBoth(t, func(t *testing.T, s *store.Store) {
		got, err := s.Columns(t.Context())
		must(t, err)
		for name, columns := range got {
			slices.Sort(columns)
			if !slices.Equal(columns, store.Schema()[name]) {
				t.Errorf("%s has %v, the list %v", name, columns, store.Schema()[name])
			}
		}
		if a, b := slices.Sorted(maps.Keys(got)), slices.Sorted(maps.Keys(store.Schema())); !slices.Equal(a, b) {
			t.Errorf("tables %v, the list has %v", a, b)
		}
	})
}

// TestOldStores begins a store with the schema of version 1, fills it as the
// program of then did, and opens it: everything is there, closed movements count
// as closed since their last saving, and the log holds.
func TestOldStores(t *testing.T) {
	for name, empty := range databases() {
		t.Run(name, func(t *testing.T) {
			ctx := t.Context()
			target := empty(t)
			must(t, store.OpenAt(ctx, target, 1))
			// A store of today, exported, gives rows and a chain for the old one.
			today := opened(t, t.TempDir())
			filled(t, today)
			m := movement("M1")
			m.Version, m.State = 2, "closed"
			_, err := today.SaveMovement(ctx, act("save-movement", "M1"), m)
			must(t, err)
			want := exported(t, today)
			db := raw(t, target)
			for _, q := range insertions(t, name, want) {
				if _, err := db.ExecContext(ctx, q); err != nil {
					t.Fatalf("%s: %v", q, err)
				}
			}
			_, err = store.Existing(ctx, target)
			ofKind(t, "Existing, of an old store", err, outrider.Unreadable)
			s := opened(t, target)
			if _, err := s.Verify(ctx); err != nil {
				t.Error(err)
			}
			if got := exported(t, s); got != want {
				t.Errorf("after the migration\n%s\nwant\n%s", got, want)
			}
			must(t, s.Record(ctx, act("x", "")))
			again := opened(t, target) // a second time there is nothing to migrate
			if c, err := again.Verify(ctx); err != nil || c.Entries == 0 {
				t.Errorf("%+v, %v", c, err)
			}
		})
	}
}

// insertions are the rows of an export as the schema of version 1 takes them, which
// did not know when a movement was closed.
func insertions(t testing.TB, database, src string) []string {
	t.Helper()
	var out []string
	var table string
	for line := range strings.Lines(src) {
		var head struct{ Table string }
		if strings.HasPrefix(line, "{") {
			must(t, json.Unmarshal([]byte(line), &head))
			table = head.Table
			continue
		}
		var row []any
		d := json.NewDecoder(strings.NewReader(line))
		d.UseNumber()
		must(t, d.Decode(&row))
		var names, values []string
		for i, c := range store.ColumnsOf(table) {
			column, kind, _ := strings.Cut(c, ":")
			if table == "movements" && (column == "closed" || column == "erased") || row[i] == nil {
				continue
			}
			value := fmt.Sprint(row[i])
			switch kind {
			case "":
				value = "'" + strings.ReplaceAll(value, "'", "''") + "'"
			case "b":
				raw, err := base64.StdEncoding.DecodeString(value)
				must(t, err)
				value = literal(database, raw)
			}
			names, values = append(names, column), append(values, value)
		}
		out = append(out, "INSERT INTO "+table+" ("+strings.Join(names, ", ")+") VALUES ("+strings.Join(values, ", ")+")")
	}
	return out
}

// TestLaterStores refuses what a later version of the program has written.
func TestLaterStores(t *testing.T) {
	for name, empty := range databases() {
		t.Run(name, func(t *testing.T) {
			target := empty(t)
			opened(t, target)
			_, err := raw(t, target).ExecContext(t.Context(), `INSERT INTO schema_version (version_id, is_applied) VALUES (99, true)`)
			must(t, err)
			_, err = store.Open(t.Context(), target)
			ofKind(t, "a later store", err, outrider.Unreadable)
			if err != nil && !strings.Contains(err.Error(), "later version") {
				t.Error(err)
			}
		})
	}
}
