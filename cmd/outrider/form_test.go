package main

import (
	"bytes"
	"context"
	"encoding/csv"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/outrider-project/outrider/cmd/outrider/internal/cli"
	"github.com/outrider-project/outrider/internal/testdata"
)

// TestFormOfADayIsTaken holds that survey add takes every row that survey new
// writes for a day with legs by road and by rail, on the sample extract, once a
// surveyor has rated it. Railway bridges, which may be far from any road, are not
// asked for.
func TestFormOfADayIsTaken(t *testing.T) {
	dir := t.TempDir()
	in := func(name string) string { return filepath.Join(dir, name) }
	outrider := func(args ...string) string {
		t.Helper()
		var stdout, stderr bytes.Buffer
		if code := run(context.Background(), append([]string{"--progress=none"}, args...), &stdout, &stderr); code != cli.ExitDone {
			t.Fatalf("outrider %v: exit code %d\n%s", args, code, stderr.String())
		}
		return stdout.String()
	}
	outrider("map", "build", testdata.Delaware(t), "-o", in("delaware.map"))
	outrider("survey", "new", filepath.Join(testdata.RepoRoot(t), "examples", "day.yaml"), "--map", in("delaware.map"), "--findings", in("none.jsonl"), "--runs", in("none.jsonl"), "-o", in("form.csv"))

	src, err := os.ReadFile(in("form.csv"))
	if err != nil {
		t.Fatal(err)
	}
	rows, err := csv.NewReader(bytes.NewReader(bytes.TrimPrefix(src, []byte("\ufeff")))).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	column := func(name string) int { return slices.Index(rows[0], name) }
	legs := map[string]int{}
	for _, row := range rows[1:] {
		leg, _, _ := strings.Cut(row[column("leg")], ",")
		legs[leg]++
		row[column("rating")], row[column("surveyor")], row[column("date")], row[column("expiry")] = "1", "R2", "2026-03-02", "2026-12-20"
	}
	if legs["To the station"] == 0 || legs["To the hall"] == 0 || legs["Home"] == 0 {
		t.Errorf("rows by leg: %v, want some for each leg by road", legs)
	}
	var filled bytes.Buffer
	if err := csv.NewWriter(&filled).WriteAll(rows); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(in("filled.csv"), filled.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	got := outrider("survey", "add", in("filled.csv"), "--map", in("delaware.map"), "--findings", in("findings.jsonl"))
	if !strings.Contains(got, " 0 rows not surveyed, 0 problems") {
		t.Errorf("survey add said %q", got)
	}
}
