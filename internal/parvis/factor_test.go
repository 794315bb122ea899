package parvis_test

import (
	"encoding/base32"
	"net/url"
	"regexp"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/parvis-coop/parvis/internal/parvis"
)

// rfcSecret is that of the examples of RFC 4226 and RFC 6238.
var rfcSecret = base32.StdEncoding.WithPadding(base32.NoPadding).EncodeToString([]byte("12345678901234567890"))

func TestTOTPCode(t *testing.T) {
	t.Parallel()
	// RFC 6238, appendix B, for SHA-1; the last six of its eight digits.
	for at, want := range map[int64]string{59: "287082", 1111111109: "081804", 1111111111: "050471", 1234567890: "005924", 2000000000: "279037", 20000000000: "353130"} {
		if got := parvis.TOTPCode(rfcSecret, parvis.TOTPStep(time.Unix(at, 0))); got != want {
			t.Errorf("the code at %d is %s, want %s", at, got, want)
		}
	}
	for _, broken := range []string{"", "pas du base32", "JBSWY3DP="} {
		if got := parvis.TOTPCode(broken, 1); got != "" {
			t.Errorf("the secret %q shows %q", broken, got)
		}
		if _, ok := parvis.MatchTOTP(broken, "", time.Unix(59, 0)); ok {
			t.Errorf("the secret %q lets in without a code", broken)
		}
	}
}

func TestMatchTOTP(t *testing.T) {
	t.Parallel()
	now := time.Unix(1234567890, 0)
	for drift, want := range map[int64]bool{-2: false, -1: true, 0: true, 1: true, 2: false} {
		typed := parvis.TOTPStep(now) + drift
		step, ok := parvis.MatchTOTP(rfcSecret, parvis.TOTPCode(rfcSecret, typed), now)
		if ok != want || ok && step != typed {
			t.Errorf("a clock that is %d steps off: step %d, %t, want %d, %t", drift, step, ok, typed, want)
		}
	}
}

func TestNewSecretsShowSixDigits(t *testing.T) {
	t.Parallel()
	six := regexp.MustCompile(`^[0-9]{6}$`)
	rapid.Check(t, func(t *rapid.T) {
		secret, step := parvis.NewTOTPSecret(), rapid.Int64Min(0).Draw(t, "step")
		if code := parvis.TOTPCode(secret, step); !six.MatchString(code) {
			t.Fatalf("step %d of %s shows %q", step, secret, code)
		}
	})
}

func TestTOTPAddress(t *testing.T) {
	t.Parallel()
	u, err := url.Parse(parvis.TOTPAddress(rfcSecret, "Saint-Rémy & Co", "jeanne@saint-remy.example"))
	if err != nil {
		t.Fatal(err)
	}
	if u.Scheme != "otpauth" || u.Host != "totp" || u.Path != "/Saint-Rémy & Co:jeanne@saint-remy.example" ||
		u.Query().Get("secret") != rfcSecret || u.Query().Get("issuer") != "Saint-Rémy & Co" || len(u.Query()) != 2 {
		t.Errorf("the address is %s", u)
	}
}

func TestRecoveryCodes(t *testing.T) {
	t.Parallel()
	seen := make(map[string]bool)
	digits := regexp.MustCompile(`^([0-9]{4} ){4}[0-9]{4}$`)
	for _, code := range parvis.NewRecoveryCodes() {
		words := parvis.InFours(code)
		if !digits.MatchString(words) || seen[code] {
			t.Errorf("the code %q is odd, or there twice", words)
		}
		seen[code] = true
		if got := parvis.CleanCode(" " + words + "\n"); got != code || !parvis.IsRecoveryCode(got) {
			t.Errorf("%q is read as %q", words, got)
		}
	}
	if len(seen) != parvis.RecoveryCodes {
		t.Errorf("%d codes", len(seen))
	}
	if got := parvis.CleanCode("123\u00a0456"); got != "123456" || parvis.IsRecoveryCode(got) {
		t.Errorf("a code of the second factor is read as %q", got)
	}
}
