package main

import (
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"
)

// BenchmarkStart measures the time from starting the process on an existing
// SQLite database until it answers its home page, and the memory that it
// occupies when it has been idle for five seconds.
func BenchmarkStart(b *testing.B) {
	bin, dir, addr := build(b), b.TempDir(), freeAddr(b)
	args := []string{"--data", dir, "--scheme", "http", "--host", "malakoff.localhost", "--listen", addr}
	setUp := append(args, "account", "create", "--username", "claire", "--email", "claire@malakoff.example", "--password", "place-du-marche", "--role", "admin")
	if out, err := exec.Command(bin, append(args, "node", "add", "malakoff.localhost")...).CombinedOutput(); err != nil {
		b.Fatalf("%v\n%s", err, out)
	}
	if out, err := exec.Command(bin, setUp...).CombinedOutput(); err != nil {
		b.Fatalf("%v\n%s", err, out)
	}
	var memory float64
	for b.Loop() {
		cmd := exec.Command(bin, append(args, "serve")...)
		if err := cmd.Start(); err != nil {
			b.Fatal(err)
		}
		for {
			if status, _ := get(b, addr, "malakoff.localhost", "/"); status == http.StatusOK {
				break
			}
			time.Sleep(time.Millisecond)
		}
		b.StopTimer()
		time.Sleep(5 * time.Second)
		memory = max(memory, resident(b, cmd.Process.Pid))
		if err := cmd.Process.Signal(os.Interrupt); err != nil {
			b.Fatal(err)
		}
		if err := cmd.Wait(); err != nil {
			b.Fatal(err)
		}
		b.StartTimer()
	}
	b.ReportMetric(memory, "MB-resident")
}

// resident returns the memory that a process occupies, in megabytes, or 0 where
// the system does not say.
func resident(b testing.TB, pid int) float64 {
	b.Helper()
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		return 0
	}
	for line := range strings.Lines(string(status)) {
		var kB float64
		if _, err := fmt.Sscanf(line, "VmRSS: %f kB", &kB); err == nil {
			return kB / 1000
		}
	}
	return 0
}
