package parvis

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha1"
	"crypto/subtle"
	"encoding/base32"
	"encoding/binary"
	"fmt"
	"net/url"
	"strings"
	"time"
)

// What every app that shows codes takes for granted: RFC 6238 with HMAC-SHA-1, six
// digits and steps of thirty seconds. Some ignore what an address says otherwise.
const (
	totpPeriod = 30
	totpDigits = 6
	totpSecret = 20 // bytes: as long as the hash, RFC 4226 section 4
	// totpDrift is how many steps a telephone's clock may be wrong, either way
	// (RFC 6238, section 5.2).
	totpDrift = 1
)

var base32Secret = base32.StdEncoding.WithPadding(base32.NoPadding)

// NewTOTPSecret returns a new secret of a second factor, in base32.
func NewTOTPSecret() string {
	b := make([]byte, totpSecret)
	_, _ = rand.Read(b) // never fails
	return base32Secret.EncodeToString(b)
}

// TOTPStep returns the step in which a moment lies.
func TOTPStep(t time.Time) int64 { return t.Unix() / totpPeriod }

// TOTPCode returns the code that a secret shows in a step (RFC 6238, section 4). A
// secret that NewTOTPSecret did not make has none.
func TOTPCode(secret string, step int64) string {
	key, err := base32Secret.DecodeString(secret)
	if err != nil || len(key) == 0 {
		return ""
	}
	mac := hmac.New(sha1.New, key)
	_ = binary.Write(mac, binary.BigEndian, step) // a hash takes everything
	sum := mac.Sum(nil)
	offset := sum[len(sum)-1] & 0xf
	return fmt.Sprintf("%0*d", totpDigits, binary.BigEndian.Uint32(sum[offset:])&0x7fffffff%1e6)
}

// MatchTOTP returns the step around now whose code was typed, the later of two that
// share it. ok is false if there is none.
func MatchTOTP(secret, typed string, now time.Time) (step int64, ok bool) {
	for s := TOTPStep(now) + totpDrift; s >= TOTPStep(now)-totpDrift; s-- {
		code := TOTPCode(secret, s)
		if code != "" && subtle.ConstantTimeCompare([]byte(code), []byte(typed)) == 1 && !ok {
			step, ok = s, true
		}
	}
	return step, ok
}

// TOTPAddress returns the address by which an app takes over a secret, as
// https://github.com/google/google-authenticator/wiki/Key-Uri-Format has it.
func TOTPAddress(secret, issuer, account string) string {
	issuer = strings.ReplaceAll(issuer, ":", " ") // which ends it
	u := url.URL{Scheme: "otpauth", Host: "totp", Path: "/" + issuer + ":" + account,
		// Not every app reads + as a space.
		RawQuery: "secret=" + secret + "&issuer=" + strings.ReplaceAll(url.QueryEscape(issuer), "+", "%20")}
	return u.String()
}

// How many recovery codes there are, and how long one is. They are digits alone, as
// telephones show keys for digits where a code is asked for: 66 bits, which nobody
// guesses, here or from the hashes.
const (
	RecoveryCodes  = 10
	recoveryDigits = 20
)

// NewRecoveryCodes returns codes that each stand in once for the second factor.
func NewRecoveryCodes() []string {
	codes := make([]string, RecoveryCodes)
	for i := range codes {
		codes[i] = newDigits(recoveryDigits)
	}
	return codes
}

// newDigits returns n random digits, each as likely as the others.
func newDigits(n int) string {
	digits := make([]byte, 0, n)
	for b := make([]byte, n); len(digits) < n; {
		_, _ = rand.Read(b) // never fails
		for _, c := range b {
			if c < 250 && len(digits) < n {
				digits = append(digits, '0'+c%10)
			}
		}
	}
	return string(digits)
}

// CleanCode returns a code without what people type to keep their place in it.
func CleanCode(typed string) string {
	return strings.Map(func(r rune) rune {
		if strings.ContainsRune(" -.\u00a0\u202f", r) {
			return -1
		}
		return r
	}, strings.TrimSpace(typed))
}

// IsRecoveryCode tells a recovery code from one of the second factor, by its length.
func IsRecoveryCode(code string) bool { return len(code) == recoveryDigits }

// InFours writes a secret or a code in words of four, which are easier to copy.
func InFours(s string) string {
	var b strings.Builder
	for i, r := range s {
		if i > 0 && i%4 == 0 {
			b.WriteByte(' ')
		}
		b.WriteRune(r)
	}
	return b.String()
}
