package federation

import "testing"

// TestHostname: a blocked server cannot come in under another spelling of its name.
func TestHostname(t *testing.T) {
	for _, address := range []string{
		"https://evil.example/x", "https://EVIL.example/x", "https://evil.example./x", "https://evil.example:8443/x", "http://evil.example",
		"https://ｅｖｉｌ.example/x",
	} {
		if got, ok := hostname(address); got != "evil.example" || !ok {
			t.Errorf("%s: %q, %v", address, got, ok)
		}
	}
	if got, _ := hostname("https://besançon.example/"); got != "xn--besanon-yxa.example" {
		t.Errorf("punycode: %q", got)
	}
	for _, address := range []string{"", "x", "https://", "https://evil example/", "mailto:lea@malakoff.example"} {
		if got, ok := hostname(address); ok {
			t.Errorf("%s has the host %q", address, got)
		}
	}
}
