package parvistest

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

// Node returns a function that runs a script below .ci/npm, in a Node that knows
// that *.localhost is this machine. npm brings Node itself for Linux; elsewhere the
// one on PATH is taken, which must be 22 or later. Without it, or the package of
// npm that the scripts need, the test is skipped.
func Node(t testing.TB, needs string) func(ctx context.Context, script string, args ...string) *exec.Cmd {
	t.Helper()
	dir := filepath.Join(moduleRoot(t), ".ci", "npm")
	node, err := exec.LookPath(filepath.Join(dir, "node_modules", ".bin", "node"))
	if err != nil {
		node, err = exec.LookPath("node")
	}
	if err != nil || !lookAt(t, filepath.Join(dir, "node_modules", needs, "package.json")) {
		LeaveOut(t, "the tests with software of others are left out: run npm ci --ignore-scripts in .ci/npm")
	}
	return func(ctx context.Context, script string, args ...string) *exec.Cmd {
		t.Helper()
		if !lookAt(t, filepath.Join(dir, script)) {
			t.Fatalf("there is no .ci/npm/%s", script)
		}
		cmd := exec.CommandContext(ctx, node, append([]string{"--import", "./localhost.mjs", script}, args...)...)
		cmd.Dir = dir
		return cmd
	}
}

// lookAt tells whether a file exists. go test keeps a result until something
// changes that the test looked at, and does not see what Node reads.
func lookAt(t testing.TB, path string) bool {
	t.Helper()
	_, err := os.Stat(path)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		t.Fatal(err)
	}
	return err == nil
}
