// Package pgtest gives tests a real PostgreSQL: a cluster of their own in a
// temporary folder, reached by a socket in it and by nothing else, begun by the
// first test of a process that asks and gone with the process.
package pgtest

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/url"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/outrider-project/outrider/internal/testdata"
)

// superuser is the role that the cluster is made with.
const superuser = "outrider"

// keeper runs a server until its standard input ends, which it does however the
// test process ends, and then removes the folder.
const keeper = `"$1" -D "$2/data" -k "$2" -c listen_addresses='' -c max_connections=60 >"$2/log" 2>&1 &
read -r _
kill -QUIT $!
wait $!
rm -rf "$2"`

// patience is how long a server may take to answer for the first time.
const patience = 60 * time.Second

type cluster struct {
	dir  string
	stop io.Closer // its end stops the server
	mu   sync.Mutex
	made int
}

// Programs returns the folder with the programs of a PostgreSQL server, or skips
// the test with the name of the package that brings them.
func Programs(tb testing.TB) string {
	tb.Helper()
	if dir := programs(); dir != "" {
		return dir
	}
	return filepath.Dir(testdata.Tool(tb, "postgres", "postgresql"))
}

// programs is the folder of the newest server, empty if there is none. Debian
// keeps them out of the search path, a folder for each version.
func programs() string {
	// Only a malformed pattern is an error.
	if found, err := filepath.Glob("/usr/lib/postgresql/*/bin/postgres"); err == nil && len(found) > 0 {
		return filepath.Dir(slices.MaxFunc(found, func(a, b string) int { return major(a) - major(b) }))
	}
	if path, err := exec.LookPath("postgres"); err == nil {
		return filepath.Dir(path)
	}
	return ""
}

// major is the version that stands in the path of a program.
func major(path string) int {
	n, err := strconv.Atoi(filepath.Base(filepath.Dir(filepath.Dir(path))))
	if err != nil {
		return 0
	}
	return n
}

// running is the cluster of this process.
var running = sync.OnceValues(begin)

// URL makes an empty database, for one test, and returns its address. Without a
// PostgreSQL server on the machine it skips the test.
func URL(tb testing.TB) string {
	tb.Helper()
	Programs(tb)
	if os.Geteuid() == 0 {
		testdata.Tool(tb, "setpriv", "util-linux")
	}
	c, err := running()
	if err != nil {
		tb.Fatal(err)
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.made++
	name := fmt.Sprintf("test%d", c.made)
	if err := c.run(tb.Context(), "CREATE DATABASE "+name); err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() {
		if err := c.run(context.WithoutCancel(tb.Context()), "DROP DATABASE "+name+" WITH (FORCE)"); err != nil {
			tb.Errorf("drop the database of the test: %v", err)
		}
	})
	return c.address(name)
}

func (c *cluster) address(database string) string {
	u := url.URL{Scheme: "postgres", Path: "/" + database, RawQuery: url.Values{"host": {c.dir}, "user": {superuser}}.Encode()}
	return u.String()
}

func (c *cluster) run(ctx context.Context, query string) (err error) {
	db, err := pgx.Connect(ctx, c.address("postgres"))
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, db.Close(ctx)) }()
	_, err = db.Exec(ctx, query)
	return err
}

// begin makes a cluster and waits until it answers.
func begin() (*cluster, error) {
	bin := programs()
	dir, err := os.MkdirTemp("", "outrider-pg-")
	if err != nil {
		return nil, err
	}
	as, err := owner(dir)
	if err != nil {
		return nil, err
	}
	command := func(args ...string) *exec.Cmd {
		args = append(slices.Clone(as), args...)
		cmd := exec.Command(args[0], args[1:]...)
		cmd.Dir = dir
		return cmd
	}
	made, err := command(filepath.Join(bin, "initdb"), "-D", filepath.Join(dir, "data"), "-U", superuser, "-A", "trust", "-E", "UTF8", "--locale=C", "--no-sync").CombinedOutput()
	if err != nil {
		return nil, fmt.Errorf("initdb: %w\n%s", err, made)
	}
	// Tests need no disk that survives a loss of power; a benchmark may turn it on
	// again, which command-line flags would not allow.
	settings, err := os.OpenFile(filepath.Join(dir, "data", "postgresql.conf"), os.O_APPEND|os.O_WRONLY, 0)
	if err != nil {
		return nil, err
	}
	_, err = settings.WriteString("fsync = off\nfull_page_writes = off\n")
	if err := errors.Join(err, settings.Close()); err != nil {
		return nil, err
	}
	server := command("/bin/sh", "-c", keeper, "sh", filepath.Join(bin, "postgres"), dir)
	stop, err := server.StdinPipe()
	if err != nil {
		return nil, err
	}
	if err := server.Start(); err != nil {
		return nil, err
	}
	c := &cluster{dir: dir, stop: stop}
	ctx, enough := context.WithTimeout(context.Background(), patience)
	defer enough()
	again := time.NewTicker(20 * time.Millisecond)
	defer again.Stop()
	for ; ; <-again.C {
		if err = c.run(ctx, "SELECT 1"); err == nil {
			return c, nil
		}
		if ctx.Err() != nil {
			log, readErr := os.ReadFile(filepath.Join(dir, "log"))
			return nil, errors.Join(fmt.Errorf("PostgreSQL does not answer: %w\n%s", err, log), readErr, stop.Close())
		}
	}
}

// owner sees to it that dir belongs to somebody that the server runs as, and
// returns the beginning of command lines that run so: PostgreSQL refuses to be
// root.
func owner(dir string) ([]string, error) {
	if os.Geteuid() != 0 {
		return nil, nil
	}
	who, err := user.Lookup("postgres")
	if err != nil {
		if who, err = user.Lookup("nobody"); err != nil {
			return nil, err
		}
	}
	uid, err := strconv.Atoi(who.Uid)
	if err != nil {
		return nil, err
	}
	gid, err := strconv.Atoi(who.Gid)
	if err != nil {
		return nil, err
	}
	if err := os.Chown(dir, uid, gid); err != nil {
		return nil, err
	}
	return []string{"setpriv", "--reuid=" + who.Uid, "--regid=" + who.Gid, "--clear-groups", "--"}, nil
}

// Tool runs one of PostgreSQL's own programs, such as pg_dump, and returns what
// it prints; stdin is what it reads.
func Tool(tb testing.TB, stdin io.Reader, name string, args ...string) []byte {
	tb.Helper()
	cmd := exec.CommandContext(tb.Context(), filepath.Join(Programs(tb), name), args...)
	cmd.Stdin = stdin
	var complaint strings.Builder
	cmd.Stderr = &complaint
	out, err := cmd.Output()
	if err != nil {
		tb.Fatalf("%s: %v\n%s", name, err, complaint.String())
	}
	return out
}
