package archtest

import (
	"crypto/rand"
	"encoding/json"
	"io/fs"
	"log/slog"
	"maps"
	"net/http"
	"net/http/httptest"
	"slices"
	"testing"
	"testing/fstest"
	"time"

	"github.com/outrider-project/outrider/server"
)

// registeredElsewhere are schemas of the API that are those of files, which the
// register lists as such.
var registeredElsewhere = []string{"Finding", "Contribution", "Explanation", "ExposurePart"}

// TestRegisterMatchesAPI compares the register with what the server says of
// itself, in both directions.
func TestRegisterMatchesAPI(t *testing.T) {
	s, err := server.New(server.Config{
		Host: "localhost", Port: 8420, Random: rand.Reader, Page: fs.FS(fstest.MapFS{}),
		Log: slog.New(slog.DiscardHandler), Now: time.Now, Version: "x",
	})
	if err != nil {
		t.Fatal(err)
	}
	request := httptest.NewRequest(http.MethodGet, "http://localhost:8420/openapi.json", nil)
	answer := httptest.NewRecorder()
	s.Handler().ServeHTTP(answer, request)
	var document struct {
		Components struct {
			Schemas map[string]struct {
				Properties map[string]json.RawMessage `json:"properties"`
			} `json:"schemas"`
		} `json:"components"`
	}
	if err := json.Unmarshal(answer.Body.Bytes(), &document); err != nil {
		t.Fatalf("/openapi.json answers %d: %v", answer.Code, err)
	}
	r := readRegister(t)
	met := map[string]bool{}
	for name, schema := range document.Components.Schemas {
		if len(schema.Properties) == 0 || slices.Contains(registeredElsewhere, name) {
			continue
		}
		met[name] = true
		names := slices.DeleteFunc(slices.Sorted(maps.Keys(schema.Properties)), func(s string) bool { return s == "$schema" })
		for _, f := range r.compareNames("API", name, names) {
			t.Error(f)
		}
	}
	if len(met) < 20 {
		t.Errorf("only %d schemas in the description of the API", len(met))
	}
	for _, f := range r.stale("API", met) {
		t.Error(f)
	}
}
