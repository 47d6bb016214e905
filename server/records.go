package server

import (
	"context"
	"encoding/json"
	"time"
)

// An Act is who does something, what and why. Every change is stored together
// with its act in the audit log, or not at all.
type Act struct {
	By   string    // account; empty for the program itself
	What string    // name of the operation
	On   string    // id of what it was done to
	Why  string    // reason, where one is asked for; at most 200 characters
	At   time.Time // UTC
}

// An Account is somebody who accepted with a device of their own.
type Account struct {
	ID       string
	CallSign string
	Unit     string // path
	Since    time.Time
}

// A Device holds a passkey of an account.
type Device struct {
	ID         string
	Account    string
	Credential []byte
	Key        []byte // COSE public key
	Counter    uint32
	Synced     bool // the passkey may be copied between devices of its holder
	Since      time.Time
	Revoked    time.Time // zero while it counts
}

// A Session is a browser that is signed in.
type Session struct {
	Hash    string // of its token
	Account string
	Device  string
	Since   time.Time
	Seen    time.Time
}

// An Invitation lets somebody make an account, once.
type Invitation struct {
	ID       string
	Hash     string // of its token
	CallSign string
	Unit     string
	Role     string // on the unit; may be empty
	By       string // account
	Until    time.Time
}

// A Grant is a role of an account on a unit or movement.
type Grant struct {
	Account string
	Role    string
	On      string    // unit path or movement id
	Until   time.Time // zero: until it is taken back
}

// A Movement is a compartment with a movement file in it.
type Movement struct {
	ID       string
	Unit     string // path
	Name     string // cover name
	Map      string // SHA-256 of the map file
	Document json.RawMessage
	State    string
	Version  int64 // from 1
}

// A StoredPlan is a plan as it was made.
type StoredPlan struct {
	ID       string
	Movement string
	Map      string
	Author   string // account
	Made     time.Time
	Plan     []byte // plan.json
}

// A StoredFinding is a finding in the journal.
type StoredFinding struct {
	ID      string
	Finding json.RawMessage // a line of findings.jsonl
}

// JobState is how far a job has come.
type JobState string

// The states of a job.
const (
	JobWaiting   JobState = "waiting"
	JobRunning   JobState = "running"
	JobDone      JobState = "done"
	JobFailed    JobState = "failed"
	JobCancelled JobState = "cancelled"
)

// A Job is long work that survives a restart.
type Job struct {
	ID       string
	Kind     string // "map-build" or "plan"
	Movement string // its compartment; empty for maps
	Owner    string // account
	Input    json.RawMessage
	State    JobState
	Phase    string
	Done     int64
	Total    int64
	Result   string // id of what was made
	Fault    string // what went wrong, for people
	Attempts int
}

// A Reply is the stored answer under an idempotency key.
type Reply struct {
	Request string // hash of method, path and body
	Status  int    // 0 while the first request is under way
	Type    string
	ETag    string
	Body    []byte
}

// A Record is an entry of the audit log.
type Record struct {
	Number int64
	Act    Act
	Hash   string // of the chain up to here
}

// Accounts keeps who may sign in.
type Accounts interface {
	AnyAccount(ctx context.Context) (bool, error)
	Account(ctx context.Context, id string) (Account, error)
	AccountOf(ctx context.Context, callSign string) (Account, error)
	Accounts(ctx context.Context, after string, limit int) ([]Account, error)
	// AddAccount adds an account with its first device and roles, and uses the
	// invitation up if there is one. Only the first account needs none: a second
	// first account is ErrNotFound.
	AddAccount(ctx context.Context, act Act, a Account, d Device, grants []Grant, invitation string) error
}

// Devices keeps passkeys.
type Devices interface {
	Device(ctx context.Context, id string) (Device, error)
	Devices(ctx context.Context, account string) ([]Device, error)
	AddDevice(ctx context.Context, act Act, d Device) error
	// Revoke ends a device and its sessions at once.
	Revoke(ctx context.Context, act Act, id string) error
	Counted(ctx context.Context, id string, counter uint32) error
}

// Sessions keeps who is signed in.
type Sessions interface {
	Session(ctx context.Context, hash string) (Session, error)
	AddSession(ctx context.Context, act Act, s Session) error
	Seen(ctx context.Context, hash string, at time.Time) error
	EndSession(ctx context.Context, act Act, hash string) error
}

// Invitations keeps who is expected.
type Invitations interface {
	Invitation(ctx context.Context, hash string) (Invitation, error)
	AddInvitation(ctx context.Context, act Act, i Invitation) error
}

// Units keeps the tree of units and the roles on units and movements.
type Units interface {
	Units(ctx context.Context) ([]string, error)
	AddUnit(ctx context.Context, act Act, path string) error
	GrantsOf(ctx context.Context, account string, at time.Time) ([]Grant, error)
	GrantsOn(ctx context.Context, on string, at time.Time) ([]Grant, error)
	// SetGrant gives a role, or takes it back.
	SetGrant(ctx context.Context, act Act, g Grant, held bool) error
}

// Movements keeps movements.
type Movements interface {
	Movement(ctx context.Context, id string) (Movement, error)
	Movements(ctx context.Context, after string, limit int) ([]Movement, error)
	// AddMovement adds a movement and makes its maker the commander.
	AddMovement(ctx context.Context, act Act, m Movement) error
	// SaveMovement writes what follows the version that m names, and returns the
	// new one; *ConflictError if there is a later one already.
	SaveMovement(ctx context.Context, act Act, m Movement) (int64, error)
}

// Plans keeps plans and what became of them.
type Plans interface {
	Plan(ctx context.Context, id string) (StoredPlan, error)
	// Plans returns those of a movement, the newest first.
	Plans(ctx context.Context, movement, after string, limit int) ([]StoredPlan, error)
	AddPlan(ctx context.Context, act Act, p StoredPlan) error
	// Approval returns the record of a plan and how many steps it has.
	Approval(ctx context.Context, plan string) (lines []byte, steps int64, err error)
	// AddStep adds a line to the record that has this many steps.
	AddStep(ctx context.Context, act Act, plan string, line []byte, steps int64) error
}

// Findings keeps what surveyors found on the network.
type Findings interface {
	Findings(ctx context.Context, after string, limit int) ([]StoredFinding, error)
	// AddFinding adds a finding; ErrKnown if it is there, *OtherFindingError if
	// another one of its kind, place and day is.
	AddFinding(ctx context.Context, act Act, f StoredFinding) error
}

// Replies keeps answers for requests that are sent twice.
type Replies interface {
	// Reserve returns the reply under a key of an account, and whether this call
	// has made the reservation: then it carries out the request.
	Reserve(ctx context.Context, account, key string, r Reply, at time.Time) (kept Reply, first bool, err error)
	Keep(ctx context.Context, account, key string, r Reply) error
	Release(ctx context.Context, account, key string) error
}

// Jobs keeps long work.
type Jobs interface {
	AddJob(ctx context.Context, act Act, j Job) error
	Job(ctx context.Context, id string) (Job, error)
	CancelJob(ctx context.Context, act Act, id string) error
}

// Audit is the log of what was done.
type Audit interface {
	// Record notes an act that changes nothing, such as reading a plan.
	Record(ctx context.Context, act Act) error
	Records(ctx context.Context, after int64, limit int) ([]Record, error)
}

// A Store keeps everything.
type Store interface {
	Accounts
	Devices
	Sessions
	Invitations
	Units
	Movements
	Plans
	Findings
	Replies
	Jobs
	Audit
}
