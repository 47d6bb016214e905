package store_test

import (
	"fmt"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/outrider-project/outrider/internal/pgtest"
	"github.com/outrider-project/outrider/server"
	"github.com/outrider-project/outrider/store"
)

// benchmarked runs a benchmark on both databases, PostgreSQL with its syncs on.
func benchmarked(b *testing.B, run func(b *testing.B, s *store.Store)) {
	b.Helper()
	b.Run("SQLite", func(b *testing.B) { run(b, opened(b, b.TempDir())) })
	b.Run("PostgreSQL", func(b *testing.B) {
		target := pgtest.URL(b)
		set := func(value string) {
			db := raw(b, target)
			for _, q := range []string{`ALTER SYSTEM SET fsync = ` + value, `ALTER SYSTEM SET full_page_writes = ` + value, `SELECT pg_reload_conf()`} {
				_, err := db.ExecContext(b.Context(), q)
				must(b, err)
			}
			for now := ""; now != value; time.Sleep(10 * time.Millisecond) {
				must(b, db.QueryRowContext(b.Context(), `SHOW fsync`).Scan(&now))
			}
		}
		set("on")
		run(b, opened(b, target))
		set("off")
	})
}

// BenchmarkSave saves a movement file of 20 KB, with its entry of the log, synced.
func BenchmarkSave(b *testing.B) {
	benchmarked(b, func(b *testing.B, s *store.Store) {
		first(b, s)
		m := movement("M1")
		must(b, s.AddMovement(b.Context(), act("add-movement", "M1"), m))
		m.Document = []byte(strings.Repeat("x", 20_000))
		for b.Loop() {
			var err error
			m.Version, err = s.SaveMovement(b.Context(), act("save-movement", "M1"), m)
			must(b, err)
		}
		b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "saves/s")
	})
}

// BenchmarkSaveAtOnce has eight people save a movement each.
func BenchmarkSaveAtOnce(b *testing.B) {
	benchmarked(b, func(b *testing.B, s *store.Store) {
		first(b, s)
		b.SetParallelism(4)
		var who atomic.Int64
		b.RunParallel(func(pb *testing.PB) {
			id := fmt.Sprintf("M%d", who.Add(1))
			m := movement(id)
			must(b, s.AddMovement(b.Context(), act("add-movement", id), m))
			m.Document = []byte(strings.Repeat("x", 20_000))
			for pb.Next() {
				var err error
				m.Version, err = s.SaveMovement(b.Context(), act("save-movement", id), m)
				must(b, err)
			}
		})
		b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "saves/s")
	})
}

// BenchmarkRead reads a session, an account and its roles, as every request does.
func BenchmarkRead(b *testing.B) {
	benchmarked(b, func(b *testing.B, s *store.Store) {
		filled(b, s)
		for b.Loop() {
			v, err := s.Session(b.Context(), "s1")
			must(b, err)
			if _, err := s.Account(b.Context(), v.Account); err != nil {
				b.Fatal(err)
			}
			if _, err := s.GrantsOf(b.Context(), v.Account, at); err != nil {
				b.Fatal(err)
			}
		}
	})
}

// BenchmarkVerify verifies a log of 10,000 entries.
func BenchmarkVerify(b *testing.B) {
	benchmarked(b, func(b *testing.B, s *store.Store) {
		for i := range 10_000 {
			must(b, s.Record(b.Context(), act("get-plan", fmt.Sprint(i))))
		}
		b.ResetTimer()
		for b.Loop() {
			if c, err := s.Verify(b.Context()); err != nil || c.Entries != 10_000 {
				b.Fatal(c, err)
			}
		}
	})
}

// BenchmarkBackup copies a store with 1,000 plans of 100 KB.
func BenchmarkBackup(b *testing.B) {
	s := opened(b, b.TempDir())
	first(b, s)
	must(b, s.AddMovement(b.Context(), act("add-movement", "M1"), movement("M1")))
	for i := range 1000 {
		id := fmt.Sprintf("P%d", i)
		must(b, s.AddPlan(b.Context(), act("make-plan", id), server.StoredPlan{ID: id, Movement: "M1", Author: "A1", Made: at, Plan: []byte(strings.Repeat("x", 100_000))}))
	}
	file := filepath.Join(b.TempDir(), "backup")
	b.ResetTimer()
	for b.Loop() {
		if _, err := s.Backup(b.Context(), act("store-backup", ""), file); err != nil {
			b.Fatal(err)
		}
	}
}
