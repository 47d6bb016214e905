// Package archtest holds the tests that keep the structure: which package may
// import which, the house rules no linter knows, and the register of stored
// data. It has no code of its own.
package archtest
