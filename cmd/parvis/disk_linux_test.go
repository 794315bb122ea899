package main

import (
	"syscall"
	"testing"

	"github.com/parvis-coop/parvis/internal/parvistest"
)

var errNoRoom error = syscall.ENOSPC

// smallDisk mounts a file system of a few megabytes for one test; that takes root.
func smallDisk(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	if err := syscall.Mount("tmpfs", dir, "tmpfs", 0, "size=24m"); err != nil {
		parvistest.LeaveOut(t, "the test of a full disk is left out, as only root may mount one (storage's TestAFullDisk needs none): "+err.Error())
	}
	t.Cleanup(func() {
		if err := syscall.Unmount(dir, syscall.MNT_DETACH); err != nil {
			t.Error(err)
		}
	})
	return dir
}
