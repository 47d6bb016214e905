CREATE TABLE units (
	path   TEXT PRIMARY KEY CHECK (length(path) BETWEEN 1 AND 200),
	parent TEXT REFERENCES units (path)
) STRICT;

CREATE TABLE accounts (
	id        TEXT PRIMARY KEY CHECK (length(id) BETWEEN 1 AND 64),
	call_sign TEXT NOT NULL UNIQUE CHECK (length(call_sign) BETWEEN 1 AND 20),
	unit      TEXT NOT NULL REFERENCES units (path),
	since     INTEGER NOT NULL
) STRICT;

CREATE TABLE devices (
	id         TEXT PRIMARY KEY CHECK (length(id) BETWEEN 1 AND 64),
	account    TEXT NOT NULL REFERENCES accounts (id),
	credential BLOB NOT NULL,
	public_key BLOB NOT NULL,
	counter    INTEGER NOT NULL CHECK (counter BETWEEN 0 AND 4294967295),
	synced     INTEGER NOT NULL CHECK (synced IN (0, 1)),
	since      INTEGER NOT NULL,
	revoked    INTEGER
) STRICT;

CREATE INDEX devices_account ON devices (account);

CREATE TABLE sessions (
	hash    TEXT PRIMARY KEY CHECK (length(hash) BETWEEN 1 AND 64),
	account TEXT NOT NULL REFERENCES accounts (id),
	device  TEXT NOT NULL REFERENCES devices (id),
	since   INTEGER NOT NULL,
	seen    INTEGER NOT NULL
) STRICT;

CREATE INDEX sessions_device ON sessions (device);

CREATE TABLE invitations (
	id        TEXT PRIMARY KEY CHECK (length(id) BETWEEN 1 AND 64),
	hash      TEXT NOT NULL UNIQUE CHECK (length(hash) BETWEEN 1 AND 64),
	call_sign TEXT NOT NULL CHECK (length(call_sign) BETWEEN 1 AND 20),
	unit      TEXT NOT NULL REFERENCES units (path),
	role      TEXT CHECK (role IN ('administrator', 'unit-leader')),
	inviter   TEXT NOT NULL REFERENCES accounts (id),
	until     INTEGER NOT NULL
) STRICT;

CREATE TABLE movements (
	id       TEXT PRIMARY KEY CHECK (length(id) BETWEEN 1 AND 64),
	unit     TEXT NOT NULL REFERENCES units (path),
	name     TEXT NOT NULL CHECK (length(name) BETWEEN 1 AND 40),
	map      TEXT NOT NULL CHECK (length(map) <= 64),
	document BLOB NOT NULL,
	state    TEXT NOT NULL CHECK (state IN ('draft', 'closed')),
	version  INTEGER NOT NULL CHECK (version >= 1)
) STRICT;

CREATE TABLE grants (
	account  TEXT NOT NULL REFERENCES accounts (id),
	role     TEXT NOT NULL CHECK (role IN ('administrator', 'unit-leader', 'commander', 'planner', 'approver', 'surveyor', 'reader')),
	unit     TEXT REFERENCES units (path),
	movement TEXT REFERENCES movements (id),
	since    INTEGER NOT NULL,
	until    INTEGER,
	CHECK ((unit IS NULL) <> (movement IS NULL)),
	UNIQUE (account, role, unit),
	UNIQUE (account, role, movement)
) STRICT;

CREATE INDEX grants_unit ON grants (unit);
CREATE INDEX grants_movement ON grants (movement);

CREATE TABLE plans (
	id       TEXT PRIMARY KEY CHECK (length(id) BETWEEN 1 AND 64),
	movement TEXT NOT NULL REFERENCES movements (id),
	map      TEXT NOT NULL CHECK (length(map) <= 64),
	author   TEXT NOT NULL REFERENCES accounts (id),
	made     INTEGER NOT NULL,
	content  BLOB NOT NULL,
	hash     BLOB NOT NULL CHECK (length(hash) = 32)
) STRICT;

CREATE INDEX plans_movement ON plans (movement, id);

CREATE TABLE approval_steps (
	plan TEXT NOT NULL REFERENCES plans (id),
	step INTEGER NOT NULL CHECK (step >= 1),
	line BLOB NOT NULL,
	PRIMARY KEY (plan, step)
) STRICT;

CREATE TABLE findings (
	id   TEXT PRIMARY KEY CHECK (length(id) BETWEEN 1 AND 64),
	kind TEXT NOT NULL CHECK (length(kind) BETWEEN 1 AND 40),
	day  TEXT NOT NULL CHECK (length(day) = 10),
	lat  INTEGER NOT NULL,
	lon  INTEGER NOT NULL,
	line BLOB NOT NULL
) STRICT;

CREATE INDEX findings_place ON findings (day, kind, lat);

CREATE TABLE replies (
	account         TEXT NOT NULL CHECK (length(account) <= 64),
	idempotency_key TEXT NOT NULL CHECK (length(idempotency_key) <= 128),
	request         TEXT NOT NULL CHECK (length(request) <= 64),
	status          INTEGER NOT NULL CHECK (status BETWEEN 0 AND 599),
	media_type      TEXT NOT NULL CHECK (length(media_type) <= 100),
	etag            TEXT NOT NULL CHECK (length(etag) <= 100),
	body            BLOB NOT NULL,
	at              INTEGER NOT NULL,
	PRIMARY KEY (account, idempotency_key)
) STRICT;

CREATE TABLE jobs (
	id       TEXT PRIMARY KEY CHECK (length(id) BETWEEN 1 AND 64),
	kind     TEXT NOT NULL CHECK (length(kind) BETWEEN 1 AND 40),
	movement TEXT REFERENCES movements (id),
	owner    TEXT NOT NULL REFERENCES accounts (id),
	input    BLOB NOT NULL,
	state    TEXT NOT NULL CHECK (state IN ('waiting', 'running', 'done', 'failed', 'cancelled')),
	phase    TEXT NOT NULL CHECK (length(phase) <= 100),
	done     INTEGER NOT NULL,
	total    INTEGER NOT NULL,
	result   TEXT NOT NULL CHECK (length(result) <= 64),
	fault    TEXT NOT NULL CHECK (length(fault) <= 2000),
	attempts INTEGER NOT NULL CHECK (attempts >= 0),
	added    INTEGER NOT NULL,
	until    INTEGER,
	ended    INTEGER
) STRICT;

CREATE INDEX jobs_state ON jobs (state, added, id);
CREATE INDEX jobs_movement ON jobs (movement);

CREATE TABLE audit (
	number  INTEGER PRIMARY KEY CHECK (number >= 1),
	at      INTEGER NOT NULL,
	salt    BLOB,
	actor   TEXT CHECK (length(actor) <= 64),
	what    TEXT CHECK (length(what) BETWEEN 1 AND 64),
	subject TEXT CHECK (length(subject) <= 200),
	why     TEXT CHECK (length(why) <= 200),
	digest  BLOB NOT NULL CHECK (length(digest) = 32),
	hash    BLOB NOT NULL CHECK (length(hash) = 32)
) STRICT;

CREATE TABLE chain_head (
	id     INTEGER PRIMARY KEY CHECK (id = 1),
	number INTEGER NOT NULL,
	hash   BLOB NOT NULL CHECK (length(hash) = 32)
) STRICT;
