package parvistest

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"testing"
)

// What a Device says of itself and of its owner
// (https://www.w3.org/TR/webauthn-3/#authdata-flags).
const (
	UserPresent  byte = 1 << 0
	UserVerified byte = 1 << 2
	newKey       byte = 1 << 6
)

// A Device makes a passkey and signs with it, as a browser and what keeps its keys do
// together. It believes what it is told: tests lie to it.
type Device struct {
	Host, Origin string // of the page that asks
	Flags        byte
	Count        uint32 // how often it signed; what stays 0 does not count
	Format       string // of its maker's word for new keys
	Credential   []byte // what it calls its key; chosen with it if empty
	Handle       []byte // of the account that the key is for

	key *ecdsa.PrivateKey
}

// NewDevice is a device whose owner looks at a page, and is recognised.
func NewDevice(host, origin string) *Device {
	return &Device{Host: host, Origin: origin, Flags: UserPresent | UserVerified, Format: "none"}
}

var octets = base64.RawURLEncoding

// Make makes the key that options ask for, and returns what the browser says of it.
func (d *Device) Make(t testing.TB, options []byte) string {
	t.Helper()
	var asked struct {
		Challenge string
		User      struct{ ID string }
	}
	if err := json.Unmarshal(options, &asked); err != nil {
		t.Fatal(err)
	}
	var err error
	if d.Handle, err = octets.DecodeString(asked.User.ID); err != nil {
		t.Fatal(err)
	}
	if d.key, err = ecdsa.GenerateKey(elliptic.P256(), rand.Reader); err != nil {
		t.Fatal(err)
	}
	if d.Credential == nil {
		d.Credential = make([]byte, 16)
		_, _ = rand.Read(d.Credential) // never fails
	}
	public, err := d.key.PublicKey.Bytes()
	if err != nil {
		t.Fatal(err)
	}
	data := d.data(d.Flags | newKey)
	data.Write(make([]byte, 16)) // of no known model
	data.Write(binary.BigEndian.AppendUint16(nil, uint16(len(d.Credential))))
	data.Write(d.Credential)
	// The key as COSE (RFC 9053, section 7.1.1): {kty: EC2, alg: ES256, crv: P-256, x, y}.
	data.WriteString("\xa5\x01\x02\x03\x26\x20\x01\x21\x58\x20")
	data.Write(public[1:33])
	data.WriteString("\x22\x58\x20")
	data.Write(public[33:])
	// {fmt, attStmt: {}, authData} in CBOR.
	object := bytes.NewBufferString("\xa3\x63fmt" + string(rune(0x60+len(d.Format))) + d.Format + "\x67attStmt\xa0\x68authData\x59")
	object.Write(binary.BigEndian.AppendUint16(nil, uint16(data.Len())))
	object.Write(data.Bytes())
	return d.say(t, map[string]string{"clientDataJSON": octets.EncodeToString(d.page(t, "webauthn.create", asked.Challenge)),
		"attestationObject": octets.EncodeToString(object.Bytes())})
}

// Sign signs with its key what options ask, and returns what the browser says.
func (d *Device) Sign(t testing.TB, options []byte) string {
	t.Helper()
	var asked struct{ Challenge string }
	if err := json.Unmarshal(options, &asked); err != nil {
		t.Fatal(err)
	}
	if d.Count > 0 {
		d.Count++
	}
	page, data := d.page(t, "webauthn.get", asked.Challenge), d.data(d.Flags).Bytes()
	seen := sha256.Sum256(page)
	digest := sha256.Sum256(append(bytes.Clone(data), seen[:]...))
	signature, err := ecdsa.SignASN1(rand.Reader, d.key, digest[:])
	if err != nil {
		t.Fatal(err)
	}
	return d.say(t, map[string]string{"clientDataJSON": octets.EncodeToString(page), "authenticatorData": octets.EncodeToString(data),
		"signature": octets.EncodeToString(signature), "userHandle": octets.EncodeToString(d.Handle)})
}

// data is how what a device signs begins (https://www.w3.org/TR/webauthn-3/#sctn-authenticator-data).
func (d *Device) data(flags byte) *bytes.Buffer {
	host := sha256.Sum256([]byte(d.Host))
	data := bytes.NewBuffer(host[:])
	data.WriteByte(flags)
	data.Write(binary.BigEndian.AppendUint32(nil, d.Count))
	return data
}

// page is what the browser says of who asks.
func (d *Device) page(t testing.TB, ceremony, challenge string) []byte {
	t.Helper()
	return marshal(t, map[string]any{"type": ceremony, "challenge": challenge, "origin": d.Origin, "crossOrigin": false})
}

func (d *Device) say(t testing.TB, response map[string]string) string {
	t.Helper()
	id := octets.EncodeToString(d.Credential)
	return string(marshal(t, map[string]any{"id": id, "rawId": id, "type": "public-key", "response": response}))
}

func marshal(t testing.TB, v any) []byte {
	t.Helper()
	out, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return out
}
