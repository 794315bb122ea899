package parvis

import (
	"crypto/rand"
	"encoding/base32"
	"encoding/binary"
	"fmt"
	"strconv"
	"strings"
	"time"
)

// An ID names a row of the local database. Its upper 48 bits are Unix
// milliseconds and its lower 16 bits are random, so ids sort by time. The zero
// ID means "none".
type ID int64

const idRandomBits = 16

// encoding is unpadded, lower-case "base32hex": it sorts like the number and
// has no look-alike surprises in URLs.
var encoding = base32.NewEncoding("0123456789abcdefghijklmnopqrstuv").WithPadding(base32.NoPadding)

// NewID returns an ID for something that happened at t.
func NewID(t time.Time) ID {
	var b [2]byte
	// crypto/rand.Read never fails; it aborts the program instead.
	_, _ = rand.Read(b[:])
	return ID(t.UnixMilli()<<idRandomBits | int64(binary.BigEndian.Uint16(b[:])))
}

// FirstID returns the smallest ID of the millisecond t, a bound for ranges.
func FirstID(t time.Time) ID { return ID(t.UnixMilli() << idRandomBits) }

// Time returns the moment in the ID, to the millisecond, in UTC.
func (id ID) Time() time.Time { return time.UnixMilli(int64(id) >> idRandomBits).UTC() }

// String returns the form used in URLs: 13 characters of base32.
func (id ID) String() string {
	var b [8]byte
	binary.BigEndian.PutUint64(b[:], uint64(id))
	return encoding.EncodeToString(b[:])
}

// Decimal returns the form used in the Mastodon client API, whose clients
// compare ids as decimal strings.
func (id ID) Decimal() string { return strconv.FormatInt(int64(id), 10) }

// ParseID reads the form that String writes.
func ParseID(s string) (ID, error) {
	b, err := encoding.DecodeString(strings.ToLower(s))
	if err != nil || len(b) != 8 {
		return 0, fmt.Errorf("%w: id %q", ErrNotFound, s)
	}
	id := ID(binary.BigEndian.Uint64(b))
	if id <= 0 || id.String() != strings.ToLower(s) {
		return 0, fmt.Errorf("%w: id %q", ErrNotFound, s)
	}
	return id, nil
}

// ParseDecimalID reads the form that Decimal writes.
func ParseDecimalID(s string) (ID, error) {
	n, err := strconv.ParseInt(s, 10, 64)
	if err != nil || n <= 0 || ID(n).Decimal() != s {
		return 0, fmt.Errorf("%w: id %q", ErrNotFound, s)
	}
	return ID(n), nil
}
