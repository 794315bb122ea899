package federation

import "testing"

// TestHostOf: a blocked server cannot come in under another spelling of its name.
func TestHostOf(t *testing.T) {
	for address, want := range map[string]string{
		"https://evil.example/x": "evil.example", "https://EVIL.example/x": "evil.example", "https://evil.example./x": "evil.example",
		"https://evil.example:8443/x": "evil.example:8443", "http://evil.example": "evil.example", "https://ｅｖｉｌ.example/x": "evil.example",
		"https://besançon.example/": "xn--besanon-yxa.example",
		"":                          "", "x": "", "https://": "", "https://evil example/": "", "mailto:lea@malakoff.example": "",
	} {
		if got := hostOf(address); got != want {
			t.Errorf("%s: %q, want %q", address, got, want)
		}
	}
}
