package media_test

import (
	"bufio"
	"bytes"
	"context"
	"crypto/md5"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/parvis-coop/parvis/internal/media"
)

// stores opens each kind of store, empty. The bucket is a small stand-in that speaks the few calls we make; set PARVIS_TEST_S3 to an
// s3:// address to run the same tests against a real server.
func stores(t *testing.T) map[string]media.Store {
	t.Helper()
	server := httptest.NewServer(&fakeS3{objects: map[string][]byte{}})
	t.Cleanup(server.Close)
	specs := map[string]string{
		"directory": filepath.Join(t.TempDir(), "media"),
		"bucket":    "s3://cle:secret@" + strings.TrimPrefix(server.URL, "http://") + "/photos?region=eu-west-3&insecure=1",
	}
	if real := os.Getenv("PARVIS_TEST_S3"); real != "" {
		specs["real bucket"] = real
	}
	opened := map[string]media.Store{}
	for name, spec := range specs {
		store, err := media.Open(context.Background(), spec)
		if err != nil {
			t.Fatalf("open %s: %v", name, err)
		}
		opened[name] = store
	}
	return opened
}

func TestStores(t *testing.T) {
	t.Parallel()
	for name, store := range stores(t) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			ctx := context.Background()
			data := []byte("les pixels d’une perceuse")
			key := media.Key(data, "large")
			for range 2 { // twice: the same picture may be sent again
				if err := store.Put(ctx, key, bytes.NewReader(data), int64(len(data)), media.ContentType); err != nil {
					t.Fatal(err)
				}
			}
			file, info, err := store.Open(ctx, key)
			if err != nil {
				t.Fatal(err)
			}
			if info.Size != int64(len(data)) || info.ContentType != media.ContentType || info.Modified.IsZero() {
				t.Errorf("info %+v, want %d bytes of %s and a date", info, len(data), media.ContentType)
			}
			if got, err := io.ReadAll(file); err != nil || !bytes.Equal(got, data) {
				t.Errorf("read %q (%v), want %q", got, err, data)
			}
			if _, err := file.Seek(4, io.SeekStart); err != nil {
				t.Fatal(err)
			}
			if got, err := io.ReadAll(file); err != nil || !bytes.Equal(got, data[4:]) {
				t.Errorf("from the fifth byte: %q (%v), want %q", got, err, data[4:])
			}
			if err := file.Close(); err != nil {
				t.Error(err)
			}
			for range 2 {
				if err := store.Delete(ctx, key); err != nil {
					t.Errorf("delete: %v", err)
				}
			}
			if _, _, err := store.Open(ctx, key); !errors.Is(err, fs.ErrNotExist) {
				t.Errorf("after deletion: %v, want fs.ErrNotExist", err)
			}
		})
	}
}

func TestStoresRefuseForeignKeys(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	hash := strings.Repeat("0f", 10)
	for name, store := range stores(t) {
		for _, key := range []string{
			"", "/", "x", "../../etc/passwd", hash, hash + "/", hash + "/../large.jpg", hash + "/large.svg", hash + "/large.jpg\x00", hash + "/large.jpg/..",
			strings.ToUpper(hash) + "/large.jpg", "/" + hash + "/large.jpg", hash + `\large.jpg`, hash + "/large.jpg\n", hash[:18] + "/large.jpg",
		} {
			if err := store.Put(ctx, key, strings.NewReader("x"), 1, media.ContentType); !errors.Is(err, media.ErrBadKey) {
				t.Errorf("%s: Put(%q): %v", name, key, err)
			}
			if _, _, err := store.Open(ctx, key); !errors.Is(err, media.ErrBadKey) || !errors.Is(err, fs.ErrNotExist) {
				t.Errorf("%s: Open(%q): %v", name, key, err)
			}
			if err := store.Delete(ctx, key); !errors.Is(err, media.ErrBadKey) {
				t.Errorf("%s: Delete(%q): %v", name, key, err)
			}
		}
	}
}

func TestSave(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	got, err := media.NewDarkroom(media.DefaultLimits).Photo(ctx, bytes.NewReader(asJPEG(t, quarters(900, 600))))
	if err != nil {
		t.Fatal(err)
	}
	store, err := media.Open(ctx, t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	if err := got.Save(ctx, store); err != nil {
		t.Fatal(err)
	}
	for _, r := range got.Renditions {
		file, info, err := store.Open(ctx, r.Key)
		if err != nil {
			t.Fatal(err)
		}
		if info.Size != int64(len(r.Data)) {
			t.Errorf("%s has %d bytes, want %d", r.Key, info.Size, len(r.Data))
		}
		if err := file.Close(); err != nil {
			t.Error(err)
		}
	}
}

// TestDirectoryKeepsNoHalfFiles breaks off while a file is written.
func TestDirectoryKeepsNoHalfFiles(t *testing.T) {
	t.Parallel()
	ctx, root := context.Background(), t.TempDir()
	store, err := media.Open(ctx, root)
	if err != nil {
		t.Fatal(err)
	}
	key := media.Key([]byte("x"), "large")
	for name, r := range map[string]io.Reader{"a reader that fails": io.MultiReader(strings.NewReader("abc"), broken{}), "a reader that ends early": strings.NewReader("abc")} {
		if err := store.Put(ctx, key, r, 10, media.ContentType); !errors.Is(err, io.ErrUnexpectedEOF) {
			t.Errorf("%s: %v", name, err)
		}
	}
	err = filepath.WalkDir(root, func(path string, entry fs.DirEntry, err error) error {
		if err == nil && !entry.IsDir() {
			t.Errorf("%s is left", path)
		}
		return err
	})
	if err != nil {
		t.Error(err)
	}
}

func TestOpenRefuses(t *testing.T) {
	t.Parallel()
	for _, spec := range []string{"", "s3://", "s3://host/bucket", "s3://cle:tres-secret@host", "s3://cle:tres-secret@host/a/b", "s3://cle:tres-secret@ho st/b", "s3://cle@host/bucket"} {
		_, err := media.Open(context.Background(), spec)
		if err == nil {
			t.Errorf("Open(%q) succeeds", spec)
		} else if strings.Contains(err.Error(), "tres-secret") {
			t.Errorf("Open(%q) tells the secret: %v", spec, err)
		}
	}
}

// fakeS3 speaks the path-style calls that the store makes: HEAD and PUT of the bucket, PUT, GET, HEAD and DELETE of an object.
type fakeS3 struct {
	mu      sync.Mutex
	made    bool
	objects map[string][]byte
}

func (s *fakeS3) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !strings.HasPrefix(r.Header.Get("Authorization"), "AWS4-HMAC-SHA256 Credential=cle/") {
		s.fail(w, http.StatusForbidden, "AccessDenied")
		return
	}
	key, isObject := strings.CutPrefix(r.URL.Path, "/photos/")
	if !isObject || key == "" {
		if r.Method == http.MethodPut {
			s.made = true
		}
		if !s.made {
			s.fail(w, http.StatusNotFound, "NoSuchBucket")
		}
		return
	}
	data, found := s.objects[key]
	switch {
	case r.Method == http.MethodPut:
		body, err := unchunk(r)
		if err != nil {
			s.fail(w, http.StatusBadRequest, "IncompleteBody")
			return
		}
		s.objects[key] = body
		w.Header().Set("ETag", etag(body))
	case r.Method == http.MethodDelete:
		delete(s.objects, key)
		w.WriteHeader(http.StatusNoContent)
	case !found:
		s.fail(w, http.StatusNotFound, "NoSuchKey")
	default:
		w.Header().Set("ETag", etag(data))
		w.Header().Set("Content-Type", media.ContentType)
		http.ServeContent(w, r, "", time.Date(2026, 10, 3, 14, 0, 0, 0, time.UTC), bytes.NewReader(data))
	}
}

func etag(data []byte) string {
	sum := md5.Sum(data)
	return `"` + hex.EncodeToString(sum[:]) + `"`
}

func (s *fakeS3) fail(w http.ResponseWriter, status int, code string) {
	w.Header().Set("Content-Type", "application/xml")
	w.WriteHeader(status)
	fmt.Fprintf(w, "<Error><Code>%s</Code><Message>%s</Message></Error>", code, code)
}

// unchunk reads a body as a client signs it over plain HTTP: chunks of "length;chunk-signature=…", CRLF, data, CRLF.
func unchunk(r *http.Request) ([]byte, error) {
	if !strings.HasPrefix(r.Header.Get("X-Amz-Content-Sha256"), "STREAMING-") {
		return io.ReadAll(r.Body)
	}
	body := bufio.NewReader(r.Body)
	var out []byte
	for {
		line, err := body.ReadString('\n')
		if err != nil {
			return nil, err
		}
		length, _, _ := strings.Cut(strings.TrimSpace(line), ";")
		n, err := strconv.ParseInt(length, 16, 32)
		if err != nil {
			return nil, err
		}
		if n == 0 {
			return out, nil
		}
		chunk := make([]byte, n+2)
		if _, err := io.ReadFull(body, chunk); err != nil {
			return nil, err
		}
		out = append(out, chunk[:n]...)
	}
}
