package parvistest

import (
	"errors"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

// Browser returns the path of a Chromium: the one that CHROMIUM names, or the
// first found on PATH. Without one, the test is skipped.
func Browser(t testing.TB) string {
	t.Helper()
	names := []string{"chromium", "chromium-browser", "google-chrome"}
	if chosen := os.Getenv("CHROMIUM"); chosen != "" {
		names = []string{chosen}
	}
	for _, name := range names {
		if path, err := exec.LookPath(name); err == nil {
			return path
		}
	}
	LeaveOut(t, "the browser tests are left out: install chromium (apt-get install chromium), or set CHROMIUM to its path")
	return ""
}

// Axe returns the script of axe-core, the accessibility checker: the file that
// PARVIS_AXE names, or the one that npm put below .ci/npm. Without it, the
// test is skipped.
func Axe(t testing.TB) string {
	t.Helper()
	path := os.Getenv("PARVIS_AXE")
	if path == "" {
		path = filepath.Join(moduleRoot(t), ".ci", "npm", "node_modules", "axe-core", "axe.min.js")
	}
	script, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		LeaveOut(t, "the accessibility checks are left out: run npm ci in .ci/npm, or set PARVIS_AXE to the path of axe.min.js")
	}
	if err != nil {
		t.Fatal(err)
	}
	return string(script)
}

// moduleRoot climbs from the package under test to the directory of go.mod.
func moduleRoot(t testing.TB) string {
	t.Helper()
	dir, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	for {
		if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil {
			return dir
		}
		parent := filepath.Dir(dir)
		if parent == dir {
			t.Fatal("no go.mod above the package under test")
		}
		dir = parent
	}
}
