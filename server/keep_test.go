package server_test

import (
	"testing"

	"github.com/outrider-project/outrider/server"
	"github.com/outrider-project/outrider/server/keeptest"
)

// TestMemoryIsAStore holds the store of the other tests against what every store
// has to keep to, so that they show what they seem to show.
func TestMemoryIsAStore(t *testing.T) {
	keeptest.Run(t, func(*testing.T) keeptest.Kept { return server.NewMemory() })
}
