//go:build linux

package web_test

import (
	"fmt"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"syscall"
	"testing"
	"unsafe"

	"github.com/outrider-project/outrider/internal/testdata"
)

// TestNothingFromElsewhere has the first use done where there is no network but
// the loopback device, and looks at every connect() of server and browser: there
// is no address of another machine among them, but for one by which Chromium looks
// whether it has IPv6, whatever page it shows (see ownProbe).
func TestNothingFromElsewhere(t *testing.T) {
	if testing.Short() {
		t.Skip("browsers are left out with -short")
	}
	strace := testdata.Tool(t, "strace", "strace")
	unshare := testdata.Tool(t, "unshare", "util-linux")
	testdata.Tool(t, "chromium", "chromium")
	testdata.Delaware(t)
	apart := []string{"--net"}
	if os.Geteuid() != 0 {
		apart = append(apart, "--map-root-user")
	}
	if out, err := exec.CommandContext(t.Context(), unshare, append(apart, "true")...).CombinedOutput(); err != nil {
		testdata.Skip(t, "no network namespace can be made here: run as root, or set kernel.unprivileged_userns_clone=1")
		t.Logf("%s", out)
	}
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	trace := filepath.Join(t.TempDir(), "connects")
	args := slices.Concat(apart, []string{strace, "-f", "--decode-pids=comm", "--seccomp-bpf", "-qq", "-e", "trace=connect", "-o", trace, self, "-test.run=^TestInside$", "-test.v", "-test.count=1"})
	cmd := exec.CommandContext(t.Context(), unshare, args...)
	cmd.Env = append(os.Environ(), insideOf+"=yes")
	out, err := cmd.CombinedOutput()
	if err != nil || !strings.Contains(string(out), "--- PASS: TestInside") {
		t.Fatalf("the first use without a network: %v\n%s", err, out)
	}
	src, err := os.ReadFile(trace)
	if err != nil {
		t.Fatal(err)
	}
	near, far := connects(string(src))
	if len(far) > 0 {
		t.Errorf("connections to elsewhere: %q", far)
	}
	if near < 3 {
		t.Errorf("%d connections on this machine: too little was traced", near)
	}
}

// insideOf is set for the process that runs without a network.
const insideOf = "OUTRIDER_TEST_ALONE"

// TestInside is the part of TestNothingFromElsewhere that is in the namespace.
func TestInside(t *testing.T) {
	if os.Getenv(insideOf) == "" {
		t.SkipNow() // it is no test of its own
	}
	raiseLoopback(t)
	if out, err := os.ReadFile("/proc/net/route"); err != nil || strings.Count(string(out), "\n") > 1 {
		t.Fatalf("there are routes to elsewhere: %v\n%s", err, out)
	}
	browse(t, "first-use.mjs")
}

// raiseLoopback sets the device lo up, which in a new namespace is down.
func raiseLoopback(t *testing.T) {
	fd, err := syscall.Socket(syscall.AF_INET, syscall.SOCK_DGRAM, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := syscall.Close(fd); err != nil {
			t.Error(err)
		}
	}()
	request := struct { // struct ifreq of netdevice(7)
		name  [16]byte
		flags uint16
		rest  [22]byte
	}{flags: syscall.IFF_UP | syscall.IFF_RUNNING}
	copy(request.name[:], "lo")
	if _, _, errno := syscall.Syscall(syscall.SYS_IOCTL, uintptr(fd), syscall.SIOCSIFFLAGS, uintptr(unsafe.Pointer(&request))); errno != 0 {
		t.Fatal(errno)
	}
}

// ownProbe is a connect() of Chromium's network service on a datagram socket, which
// sends nothing: it only asks whether there is a route.
var ownProbe = regexp.MustCompile(`^\d+<Chrome_\w+> connect\(.*inet_pton\(AF_INET6, "2001:4860:4860::8888"`)

var (
	family  = regexp.MustCompile(`sa_family=(AF_\w+)`)
	address = regexp.MustCompile(`inet_addr\("([^"]+)"\)|inet_pton\(AF_INET6, "([^"]+)"`)
)

// connects counts the traced connections of the internet's families that stay on
// this machine, and returns the addresses of the others.
func connects(trace string) (near int, far []string) {
	for line := range strings.Lines(trace) {
		f := family.FindStringSubmatch(line)
		if f == nil || !strings.HasPrefix(f[1], "AF_INET") || ownProbe.MatchString(line) {
			continue
		}
		m := address.FindStringSubmatch(line)
		if m == nil {
			far = append(far, strings.TrimSpace(line))
			continue
		}
		at, err := netip.ParseAddr(m[1] + m[2])
		if err == nil && at.Unmap().IsLoopback() {
			near++
			continue
		}
		far = append(far, fmt.Sprintf("%s in %s", m[1]+m[2], strings.TrimSpace(line)))
	}
	return near, far
}

func TestConnects(t *testing.T) {
	near, far := connects(`7 connect(3, {sa_family=AF_INET, sin_port=htons(80), sin_addr=inet_addr("127.0.0.1")}, 16) = 0
7 connect(3, {sa_family=AF_UNIX, sun_path="/x"}, 110) = -1 ENOENT
7 connect(3, {sa_family=AF_INET6, sin6_port=htons(443), sin6_flowinfo=htonl(0), inet_pton(AF_INET6, "::1", &sin6_addr), sin6_scope_id=0}, 28) = 0
7 connect(3, {sa_family=AF_INET6, sin6_port=htons(443), sin6_flowinfo=htonl(0), inet_pton(AF_INET6, "2001:db8::1", &sin6_addr), sin6_scope_id=0}, 28) = -1
8<Chrome_ChildIOT> connect(3, {sa_family=AF_INET6, sin6_port=htons(443), sin6_flowinfo=htonl(0), inet_pton(AF_INET6, "2001:4860:4860::8888", &sin6_addr), sin6_scope_id=0}, 28) = -1
9<outrider> connect(3, {sa_family=AF_INET6, sin6_port=htons(443), sin6_flowinfo=htonl(0), inet_pton(AF_INET6, "2001:4860:4860::8888", &sin6_addr), sin6_scope_id=0}, 28) = -1
7 connect(3, {sa_family=AF_INET, sin_port=htons(53), sin_addr=inet_addr("192.0.2.1")}, 16) = 0
`)
	if near != 2 || len(far) != 3 {
		t.Errorf("%d near, far %q", near, far)
	}
}
