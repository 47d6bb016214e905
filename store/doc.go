// Package store keeps everything that the server keeps: accounts, units and
// roles, movements, plans and their approval, findings, jobs, and the audit log.
// It hides all SQL, which is the same for SQLite and PostgreSQL.
//
// What a method has acknowledged is on disk. Every change is written in one
// transaction with its entry of the audit log, so that neither is there without
// the other; the entries form a chain of hashes (see Verify and Checkpoint).
// Nothing here reads a clock: every time comes with an Act or as a parameter.
// docs/store.md says what is promised and which test shows it.
package store
