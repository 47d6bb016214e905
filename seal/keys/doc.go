// Package keys makes the identities of devices, with which sealed orders are
// opened and orders, lists and acknowledgements are signed, and their public
// cards.
//
// An identity has a sealing key, to which others encrypt, and a signing key.
// Sealing keys are those of age (age-encryption.org/v1): of the hybrid of
// ML-KEM-768 and X25519, or of X25519 alone; signing keys are of Ed25519. The
// secret file is encrypted with a passphrase by age's scrypt recipient.
// docs/format/sealed.md states the formats to the byte.
//
// Nothing here reads a clock or a file; randomness is a parameter. The one
// exception is age itself, which takes the salt of a passphrase from the system.
package keys
