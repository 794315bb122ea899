//go:build !linux

package main

import (
	"errors"
	"testing"
)

var errNoRoom = errors.New("no room")

func smallDisk(t *testing.T) string {
	t.Skip("mounting a small disk is written for Linux; storage's TestAFullDisk needs none")
	return ""
}
