package parvistest_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/parvis-coop/parvis/internal/parvistest"
)

func TestBrowserIsTheOneThatIsNamed(t *testing.T) {
	want := filepath.Join(t.TempDir(), "my-chromium")
	if err := os.WriteFile(want, []byte("#!/bin/sh\n"), 0o700); err != nil {
		t.Fatal(err)
	}
	t.Setenv("CHROMIUM", want)
	if got := parvistest.Browser(t); got != want {
		t.Errorf("browser %q, want %q", got, want)
	}
}

func TestAxeIsTheOneThatIsNamed(t *testing.T) {
	const want = "window.axe = {}"
	path := filepath.Join(t.TempDir(), "axe.min.js")
	if err := os.WriteFile(path, []byte(want), 0o600); err != nil {
		t.Fatal(err)
	}
	t.Setenv("PARVIS_AXE", path)
	if got := parvistest.Axe(t); got != want {
		t.Errorf("script %q, want %q", got, want)
	}
}
