package sealing

import (
	"context"

	"github.com/outrider-project/outrider/cmd/outrider/internal/cli"
	"github.com/outrider-project/outrider/seal/keys"
)

// Secret is the flags of a step elsewhere that signs with an identity.
type Secret = secretFlags

// Identity reads an identity file, with its passphrase if it is locked.
func (f *secretFlags) Identity(ctx context.Context, w *cli.World, path string) (*keys.Identity, error) {
	return f.readIdentity(ctx, w, path)
}
