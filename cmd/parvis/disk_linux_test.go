package main

import (
	"syscall"
	"testing"
)

var errNoRoom error = syscall.ENOSPC

// smallDisk mounts a file system of a few megabytes for one test; that takes root.
func smallDisk(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	if err := syscall.Mount("tmpfs", dir, "tmpfs", 0, "size=24m"); err != nil {
		t.Skipf("no disk of its own for this test (storage's TestAFullDisk needs none): %v", err)
	}
	t.Cleanup(func() {
		if err := syscall.Unmount(dir, syscall.MNT_DETACH); err != nil {
			t.Error(err)
		}
	})
	return dir
}
