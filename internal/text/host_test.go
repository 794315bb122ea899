package text

import "testing"

func TestDomain(t *testing.T) {
	for written, want := range map[string]string{
		"Evil.Example":                    "evil.example",
		" *.evil.example. ":               "evil.example",
		"https://evil.example:8443/about": "evil.example",
		"@besançon.example":               "xn--besanon-yxa.example",
		"ｅｖｉｌ.example":                    "evil.example",
		"XN--BESANON-YXA.example":         "xn--besanon-yxa.example",
		"http://[2001:DB8::1]:443/@lea":   "[2001:db8::1]",
		"evil。example":                    "evil.example",
	} {
		if got, err := Domain(written); got != want || err != nil {
			t.Errorf("%q: %q, %v; want %q", written, got, err, want)
		}
	}
	for _, written := range []string{"", "*.", "evil example", "ev*l.example", "evil.example:99999", "evil_.example", "https://", "a..b", "\xff.example"} {
		if got, err := Domain(written); err == nil {
			t.Errorf("%q is the domain %q", written, got)
		}
	}
}

func TestShared(t *testing.T) {
	for domain, want := range map[string]bool{"fr": true, "co.uk": true, "gouv.fr": true, "localhost": true, "malakoff.fr": false, "evil.localhost": false, "masto.host": false} {
		if Shared(domain) != want {
			t.Errorf("%s is shared: %v, want %v", domain, !want, want)
		}
	}
}

func FuzzDomain(f *testing.F) {
	for _, seed := range []string{"*.Evil.Example.", "https://besançon.example:1/x", "[::1]:443", "xn--a.example", "a。b"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, written string) {
		got, err := Domain(written)
		if err != nil {
			return
		}
		if again, err := Domain(got); again != got || err != nil {
			t.Errorf("%q is %q, which is %q, %v", written, got, again, err)
		}
	})
}
