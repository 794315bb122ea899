package media

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"regexp"
	"strings"
	"time"
)

// A Store keeps files by key. A key is made from the content, so a file never changes and may be cached for ever. Reading one that is not
// there is fs.ErrNotExist; deleting it is no error. Two posts with the same picture share its files: whoever deletes asks first who else
// uses them.
type Store interface {
	Put(ctx context.Context, key string, r io.Reader, size int64, contentType string) error
	Open(ctx context.Context, key string) (io.ReadSeekCloser, Info, error)
	Delete(ctx context.Context, key string) error
}

// Info is what a store knows of a file.
type Info struct {
	Size        int64
	ContentType string
	Modified    time.Time
}

// ErrBadKey means a key that Key did not make.
var ErrBadKey = errors.New("malformed media key")

// Open returns the store that a setting names: a directory, or a bucket with an S3 interface,
// s3://key:secret@host/bucket?region=eu-west-3&insecure=1. Either is created if it is not there.
func Open(ctx context.Context, spec string) (Store, error) {
	if strings.HasPrefix(spec, "s3://") {
		return openS3(ctx, spec)
	}
	return openDir(spec)
}

// Key returns where a picture with this content is kept: "3f0c…/large.jpg".
func Key(data []byte, name string) string { return folder(data) + "/" + name + ".jpg" }

func folder(data []byte) string {
	sum := sha256.Sum256(data)
	return hex.EncodeToString(sum[:10])
}

// TypeOf returns the media type of what a key names.
func TypeOf(key string) string {
	if strings.HasSuffix(key, ".png") {
		return "image/png"
	}
	return ContentType
}

// Save stores every rendition of a picture.
func (p Prepared) Save(ctx context.Context, s Store) error {
	for _, r := range p.Renditions {
		if err := s.Put(ctx, r.Key, bytes.NewReader(r.Data), int64(len(r.Data)), TypeOf(r.Key)); err != nil {
			return fmt.Errorf("store %s: %w", r.Key, err)
		}
	}
	return nil
}

var wellFormed = regexp.MustCompile(`^[0-9a-f]{20}/([a-z][a-z0-9]{0,30}\.jpg|emoji\.png)$`)

// checkKey keeps keys from naming anything outside the store. Keys come from addresses that anybody may type.
func checkKey(key string) error {
	if !wellFormed.MatchString(key) {
		return fmt.Errorf("%w: %w", ErrBadKey, fs.ErrNotExist)
	}
	return nil
}
