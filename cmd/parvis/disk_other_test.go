//go:build !linux

package main

import (
	"errors"
	"testing"

	"github.com/parvis-coop/parvis/internal/parvistest"
)

var errNoRoom = errors.New("no room")

func smallDisk(t *testing.T) string {
	parvistest.LeaveOut(t, "the test of a full disk is left out: mounting a small one is written for Linux (storage's TestAFullDisk needs none)")
	return ""
}
