//go:build unix

package parvistest

import (
	"bufio"
	"bytes"
	"crypto/rand"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"strconv"
	"sync"
	"syscall"
)

// clusterScript is the whole life of a throw-away cluster. It says "ready",
// then reads a pipe that only the test process holds: however that process
// ends, the pipe closes, and the cluster and its directory go. Until then it
// does what a line of the pipe says: "stop" as a crash would, or "start".
//
// The disk is not waited for: these data die with us.
const clusterScript = `
dir=$1 port=$2 bin=$3
trap 'rm -rf "$dir"' EXIT
start() {
	"$bin/pg_ctl" -D "$dir/data" -l "$dir/log" -w -t 120 -o "-p $port -c listen_addresses=127.0.0.1 \
		-c unix_socket_directories= -c dynamic_shared_memory_type=mmap -c max_connections=200 \
		-c fsync=off -c synchronous_commit=$sync -c full_page_writes=off -c autovacuum=off" \
		start >>"$dir/log" 2>&1 || { cat "$dir/log" >&2; exit 1; }
}
stop() {
	"$bin/pg_ctl" -D "$dir/data" -m immediate stop >/dev/null 2>&1
}
sync=$4
"$bin/initdb" -D "$dir/data" -U parvis --pwfile="$dir/password" --auth=password \
	--encoding=UTF8 --locale=C --no-sync >"$dir/log" 2>&1 || { cat "$dir/log" >&2; exit 1; }
start
echo ready
while read -r order; do
	$order
	echo ready
done
stop
`

// startCluster makes a cluster with the programs in bin.
// Another process may take the free port that we chose before PostgreSQL
// does, hence the second and third try.
func startCluster(bin string, d durability) (*cluster, error) {
	var errs []error
	for range 3 {
		started, err := tryCluster(bin, d)
		if err == nil {
			return started, nil
		}
		errs = append(errs, err)
	}
	return nil, fmt.Errorf("start PostgreSQL for the tests: %w", errors.Join(errs...))
}

func tryCluster(bin string, d durability) (*cluster, error) {
	dir, err := os.MkdirTemp("", "parvis-postgres-")
	if err != nil {
		return nil, err
	}
	password := rand.Text()
	if err := os.WriteFile(filepath.Join(dir, "password"), []byte(password), 0o600); err != nil {
		return nil, err
	}
	port, err := freePort()
	if err != nil {
		return nil, err
	}

	cmd := exec.Command("/bin/sh", "-c", clusterScript, "parvis-postgres", dir, strconv.Itoa(port), bin, string(d))
	cmd.Dir = "/"
	// A group of its own: the Ctrl-C that ends the tests must not end the script before it has cleaned up.
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	if err := runUnprivileged(cmd, dir); err != nil {
		return nil, err
	}
	alive, err := cmd.StdinPipe()
	if err != nil {
		return nil, err
	}
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	answers := bufio.NewReader(stdout)
	if line, _ := answers.ReadString('\n'); line != "ready\n" {
		return nil, fmt.Errorf("%w: %s", errors.Join(errors.New("no cluster"), cmd.Wait()), stderr.String())
	}
	url := fmt.Sprintf("postgres://parvis:%s@127.0.0.1:%d/postgres?sslmode=disable", password, port)
	return &cluster{url: url, dir: dir, script: cmd, alive: alive, answers: answers}, nil
}

// runUnprivileged makes cmd run as another user when we are root, because
// PostgreSQL refuses to run as root, and gives that user the directory.
func runUnprivileged(cmd *exec.Cmd, dir string) error {
	if os.Geteuid() != 0 {
		return nil
	}
	account, err := user.Lookup("postgres")
	if err != nil {
		if account, err = user.Lookup("nobody"); err != nil {
			return fmt.Errorf("PostgreSQL does not run as root, and there is no user postgres or nobody: %w", err)
		}
	}
	uid, err := strconv.ParseUint(account.Uid, 10, 32)
	if err != nil {
		return err
	}
	gid, err := strconv.ParseUint(account.Gid, 10, 32)
	if err != nil {
		return err
	}
	cmd.SysProcAttr.Credential = &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}
	for _, path := range []string{dir, filepath.Join(dir, "password")} {
		if err := os.Chown(path, int(uid), int(gid)); err != nil {
			return err
		}
	}
	return nil
}

// freePort asks the system for a loopback port that nobody uses now.
func freePort() (int, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return 0, err
	}
	defer l.Close()
	return l.Addr().(*net.TCPAddr).Port, nil
}

// postgresBin returns the directory of the newest PostgreSQL server programs
// on this machine, or "" if there are none. Debian keeps them off PATH.
var postgresBin = sync.OnceValue(func() string {
	best, version := "", 0
	dirs, _ := filepath.Glob("/usr/lib/postgresql/*/bin")
	for _, dir := range dirs {
		n, err := strconv.Atoi(filepath.Base(filepath.Dir(dir)))
		if err != nil || n <= version {
			continue
		}
		if _, err := exec.LookPath(filepath.Join(dir, "initdb")); err == nil {
			best, version = dir, n
		}
	}
	if best != "" {
		return best
	}
	if initdb, err := exec.LookPath("initdb"); err == nil {
		return filepath.Dir(initdb)
	}
	return ""
})
