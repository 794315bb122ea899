package media

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// dir is a Store in a directory: 3f/0c/3f0c…-large.jpg, so that no directory grows long and none need ever be removed.
type dir struct{ root string }

func openDir(root string) (dir, error) {
	if root == "" {
		return dir{}, errors.New("media directory: empty path")
	}
	if err := os.MkdirAll(root, 0o755); err != nil {
		return dir{}, fmt.Errorf("media directory: %w", err)
	}
	return dir{root: root}, nil
}

func (d dir) path(key string) string {
	return filepath.Join(d.root, key[0:2], key[2:4], strings.ReplaceAll(key, "/", "-"))
}

// Put writes a file so that it is there whole or not at all, also after a power cut. A file that is there already has the same content.
func (d dir) Put(_ context.Context, key string, r io.Reader, size int64, _ string) error {
	if err := checkKey(key); err != nil {
		return err
	}
	path := d.path(key)
	if info, err := os.Stat(path); err == nil && info.Size() == size {
		return nil
	}
	folder := filepath.Dir(path)
	if err := os.MkdirAll(folder, 0o755); err != nil {
		return err
	}
	if err := writeWhole(path, r, size); err != nil {
		return err
	}
	// The new names must be on disk too: the file's, and those of the two directories that may be new.
	for range 3 {
		if err := syncDir(folder); err != nil {
			return err
		}
		folder = filepath.Dir(folder)
	}
	return nil
}

func writeWhole(path string, r io.Reader, size int64) (err error) {
	temp, err := os.CreateTemp(filepath.Dir(path), ".part-*")
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, temp.Close(), os.Remove(temp.Name()))
		}
	}()
	written, err := io.Copy(temp, r)
	if err != nil {
		return err
	}
	if written != size {
		return fmt.Errorf("got %d bytes of %d: %w", written, size, io.ErrUnexpectedEOF)
	}
	if err := temp.Chmod(0o644); err != nil {
		return err
	}
	if err := temp.Sync(); err != nil {
		return err
	}
	if err := os.Rename(temp.Name(), path); err != nil {
		return err
	}
	return temp.Close()
}

func syncDir(path string) error {
	folder, err := os.Open(path)
	if err != nil {
		return err
	}
	return errors.Join(folder.Sync(), folder.Close())
}

func (d dir) Open(_ context.Context, key string) (io.ReadSeekCloser, Info, error) {
	if err := checkKey(key); err != nil {
		return nil, Info{}, err
	}
	file, err := os.Open(d.path(key))
	if err != nil {
		return nil, Info{}, err
	}
	info, err := file.Stat()
	if err != nil {
		return nil, Info{}, errors.Join(err, file.Close())
	}
	return file, Info{Size: info.Size(), ContentType: TypeOf(key), Modified: info.ModTime()}, nil
}

// Delete removes a file.
func (d dir) Delete(_ context.Context, key string) error {
	if err := checkKey(key); err != nil {
		return err
	}
	if err := os.Remove(d.path(key)); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return nil
}
