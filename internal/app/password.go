package app

import (
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"strings"

	"golang.org/x/crypto/argon2"
)

// Parameters of argon2id: OWASP's first choice for interactive log-in.
const (
	argonTime    = 1
	argonMemory  = 46 << 10 // KiB
	argonThreads = 1
	argonSalt    = 16
	argonKey     = 32
)

// hashing bounds how many passwords are hashed at once: each takes 46 MiB.
var hashing = make(chan struct{}, 2)

var phc = base64.RawStdEncoding

// hashPassword returns a PHC string
// (https://github.com/P-H-C/phc-string-format/blob/master/phc-sf-spec.md).
func hashPassword(password string) string {
	salt := make([]byte, argonSalt)
	_, _ = rand.Read(salt) // never fails
	key := argonKeyOf(password, salt, argonTime, argonMemory, argonThreads, argonKey)
	return fmt.Sprintf("$argon2id$v=%d$m=%d,t=%d,p=%d$%s$%s", argon2.Version, argonMemory, argonTime, argonThreads,
		phc.EncodeToString(salt), phc.EncodeToString(key))
}

// checkPassword reports whether the password is the one that was hashed. It takes
// the same time when there is no hash, so that nobody learns who has an account.
func checkPassword(hash, password string) bool {
	if hash == "" {
		argonKeyOf(password, make([]byte, argonSalt), argonTime, argonMemory, argonThreads, argonKey)
		return false
	}
	parts := strings.Split(hash, "$")
	var version int
	var memory, time uint32
	var threads uint8
	if len(parts) != 6 || parts[1] != "argon2id" {
		return false
	}
	if _, err := fmt.Sscanf(parts[2], "v=%d", &version); err != nil || version != argon2.Version {
		return false
	}
	if _, err := fmt.Sscanf(parts[3], "m=%d,t=%d,p=%d", &memory, &time, &threads); err != nil {
		return false
	}
	salt, err := phc.DecodeString(parts[4])
	if err != nil {
		return false
	}
	want, err := phc.DecodeString(parts[5])
	if err != nil || len(want) == 0 {
		return false
	}
	got := argonKeyOf(password, salt, time, memory, threads, uint32(len(want)))
	return subtle.ConstantTimeCompare(got, want) == 1
}

func argonKeyOf(password string, salt []byte, time, memory uint32, threads uint8, length uint32) []byte {
	hashing <- struct{}{}
	defer func() { <-hashing }()
	return argon2.IDKey([]byte(password), salt, time, memory, threads, length)
}

// newSecret returns 256 random bits for a cookie or token, and the hash under
// which they are stored: whoever reads the database cannot sign in with it.
func newSecret() (secret, hash string) {
	b := make([]byte, 32)
	_, _ = rand.Read(b) // never fails
	secret = base64.RawURLEncoding.EncodeToString(b)
	return secret, hashSecret(secret)
}

func hashSecret(secret string) string {
	sum := sha256.Sum256([]byte(secret))
	return hex.EncodeToString(sum[:])
}
