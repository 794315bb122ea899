// Package parvistest lends tests the real parts they run on: both database
// engines, a browser, the accessibility checker. A part that this machine does
// not have is left out and said so; under CI, a missing part is a failure.
//
// Of Parvis it knows only the words, for samples of a believable town, so that
// every package may use it.
package parvistest

import (
	"os"
	"sync"
	"testing"
)

// absent reports that a part of the suite cannot run here. With CI set that
// fails the test; elsewhere the caller goes on without the part.
func absent(t testing.TB, said *sync.Once, what string) {
	t.Helper()
	if os.Getenv("CI") != "" {
		t.Fatalf("%s (CI is set, so this is a failure)", what)
	}
	said.Do(func() { t.Log(what) })
}

// LeaveOut skips a test that cannot run here, and says what it takes. With CI set,
// where everything is to run, it fails the test instead.
func LeaveOut(t testing.TB, what string) {
	t.Helper()
	if os.Getenv("CI") != "" {
		t.Fatalf("%s (CI is set, so this is a failure)", what)
	}
	t.Skip(what)
}
