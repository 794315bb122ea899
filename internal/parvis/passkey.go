package parvis

import (
	"strings"
	"time"
	"unicode/utf8"
)

// A Passkey is a key with which its owner comes in: their device, or what keeps its
// passwords, holds the private half and asks for a finger, a face or a code before it
// signs (https://www.w3.org/TR/webauthn-3/#credential-record).
type Passkey struct {
	ID         ID
	AccountID  ID
	Credential []byte // what the device calls it
	PublicKey  []byte // a COSE_Key (RFC 9052, section 7)
	SignCount  uint32 // how often it signed, when it was used last; many never count
	Flags      byte   // what the device said of it and of its owner then
	Name       string // as its owner calls it
	CreatedAt  time.Time
	UsedAt     time.Time // zero if it never was
}

// Limits of an account's passkeys, and of the name of one in characters.
const (
	MaxPasskeys    = 10
	MaxPasskeyName = 60
)

// CleanPasskeyName returns what a passkey is called, if it may be.
func CleanPasskeyName(name string) (string, error) {
	name = strings.Join(strings.Fields(name), " ")
	switch {
	case name == "":
		return "", Invalid("passkey", "passkey.name.missing")
	case utf8.RuneCountInString(name) > MaxPasskeyName:
		return "", Invalid("passkey", "passkey.name.long", "Max", MaxPasskeyName)
	}
	return name, nil
}
