package parvis_test

import (
	"strings"
	"testing"

	"github.com/parvis-coop/parvis/internal/parvis"
)

func TestCleanHost(t *testing.T) {
	t.Parallel()
	tests := []struct{ scheme, host, want string }{
		{"https", "Malakoff.Example", "malakoff.example"},
		{"https", " malakoff.example. ", "malakoff.example"},
		{"https", "malakoff.example:443", "malakoff.example"},
		{"http", "malakoff.example:443", "malakoff.example:443"},
		{"http", "malakoff.localhost:80", "malakoff.localhost"},
		{"http", "malakoff.localhost:8080", "malakoff.localhost:8080"},
		{"https", "xn--mlakoff-9wa.example", "xn--mlakoff-9wa.example"},
		{"https", "localhost", "localhost"},
		{"https", "127.0.0.1:8443", "127.0.0.1:8443"},
	}
	for _, test := range tests {
		if got, err := parvis.CleanHost(test.scheme, test.host); err != nil || got != test.want {
			t.Errorf("CleanHost(%q, %q) = %q, %v; want %q", test.scheme, test.host, got, err, test.want)
		}
	}
	for _, host := range []string{"", ".", ":80", "malakoff.example:", "malakoff.example:0", "malakoff.example:65536", "malakoff.example:080",
		"malakoff.example:80:80", "-malakoff.example", "malakoff..example", "malakoff_.example", "málakoff.example", "malakoff.example/",
		"https://malakoff.example", "jeanne@malakoff.example", "malakoff example", strings.Repeat("a.", 127) + "aa"} {
		if got, err := parvis.CleanHost("http", host); key(t, err) != "node.host.invalid" {
			t.Errorf("CleanHost(http, %q) = %q, %v", host, got, err)
		}
	}
}

func FuzzCleanHost(f *testing.F) {
	f.Add("https", "malakoff.example:443")
	f.Add("http", "a:80:80")
	f.Fuzz(func(t *testing.T, scheme, host string) {
		clean, err := parvis.CleanHost(scheme, host)
		if err != nil {
			return
		}
		if again, err := parvis.CleanHost(scheme, clean); err != nil || again != clean {
			t.Errorf("%q cleans to %q, and that to %q, %v", host, clean, again, err)
		}
		n := parvis.Node{Scheme: "https", Host: clean}
		if strings.ContainsAny(n.Hostname(), ":/@ ") || n.Hostname() == "" {
			t.Errorf("%q cleans to %q with the name %q", host, clean, n.Hostname())
		}
	})
}

func TestNamed(t *testing.T) {
	t.Parallel()
	for host, want := range map[string]bool{"malakoff.example": true, "malakoff.localhost:8080": true, "localhost": true, "127.0.0.1:8443": false, "192.0.2.7": false} {
		if n := (&parvis.Node{Host: host}); n.Named() != want {
			t.Errorf("%s is a name: %v, want %v", host, n.Named(), want)
		}
	}
}

func TestJoinable(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		node                            parvis.Node
		anyone, invited, anyoneApproved bool
	}{
		{parvis.Node{HasAdmin: true, Signup: parvis.SignupOpen}, true, true, false},
		{parvis.Node{HasAdmin: true, Signup: parvis.SignupApproval}, true, true, true},
		{parvis.Node{HasAdmin: true, Signup: parvis.SignupInvitation}, false, true, false},
		{parvis.Node{HasAdmin: true, Signup: parvis.SignupClosed}, false, false, false},
		{parvis.Node{HasAdmin: false, Signup: parvis.SignupOpen}, false, false, false},
	} {
		if got := test.node.Joinable(false); got != test.anyone {
			t.Errorf("%+v: joinable %v, want %v", test.node, got, test.anyone)
		}
		if got := test.node.Joinable(true); got != test.invited {
			t.Errorf("%+v: joinable by invitation %v, want %v", test.node, got, test.invited)
		}
		if got := test.node.NeedsApproval(false); got != test.anyoneApproved || test.node.NeedsApproval(true) {
			t.Errorf("%+v: approval %v, want %v, and none for the invited", test.node, got, test.anyoneApproved)
		}
	}
}
