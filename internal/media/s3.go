package media

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"net/url"
	"strings"

	"github.com/minio/minio-go/v7"
	"github.com/minio/minio-go/v7/pkg/credentials"
)

// bucket is a Store in a bucket of S3-compatible storage.
type bucket struct {
	client *minio.Client
	name   string
}

func openS3(ctx context.Context, spec string) (bucket, error) {
	address, err := url.Parse(spec)
	if err != nil {
		return bucket{}, errors.New("media bucket: the address is not of the form s3://key:secret@host/bucket") // err would show the secret
	}
	secret, _ := address.User.Password()
	name := strings.Trim(address.Path, "/")
	if address.Host == "" || name == "" || strings.Contains(name, "/") || address.User.Username() == "" || secret == "" {
		return bucket{}, errors.New("media bucket: the address is not of the form s3://key:secret@host/bucket")
	}
	region := address.Query().Get("region")
	client, err := minio.New(address.Host, &minio.Options{
		Creds:        credentials.NewStaticV4(address.User.Username(), secret, ""),
		Secure:       address.Query().Get("insecure") != "1",
		Region:       region,
		BucketLookup: minio.BucketLookupPath, // understood by every server; the others need DNS and certificates for each bucket
		MaxRetries:   3,
	})
	if err != nil {
		return bucket{}, fmt.Errorf("media bucket: %w", err)
	}
	b := bucket{client: client, name: name}
	exists, err := client.BucketExists(ctx, name)
	if err == nil && !exists {
		err = client.MakeBucket(ctx, name, minio.MakeBucketOptions{Region: region})
	}
	if err != nil {
		return bucket{}, fmt.Errorf("media bucket %s on %s: %w", name, address.Host, err)
	}
	return b, nil
}

func (b bucket) Put(ctx context.Context, key string, r io.Reader, size int64, contentType string) error {
	if err := checkKey(key); err != nil {
		return err
	}
	_, err := b.client.PutObject(ctx, b.name, key, r, size, minio.PutObjectOptions{
		ContentType:  contentType,
		CacheControl: "public, max-age=31536000, immutable",
	})
	return err
}

func (b bucket) Open(ctx context.Context, key string) (io.ReadSeekCloser, Info, error) {
	if err := checkKey(key); err != nil {
		return nil, Info{}, err
	}
	object, err := b.client.GetObject(ctx, b.name, key, minio.GetObjectOptions{})
	if err != nil {
		return nil, Info{}, err
	}
	stat, err := object.Stat() // the request is sent here
	if err != nil {
		return nil, Info{}, errors.Join(notExist(err), object.Close())
	}
	return object, Info{Size: stat.Size, ContentType: stat.ContentType, Modified: stat.LastModified}, nil
}

func (b bucket) Delete(ctx context.Context, key string) error {
	if err := checkKey(key); err != nil {
		return err
	}
	err := notExist(b.client.RemoveObject(ctx, b.name, key, minio.RemoveObjectOptions{}))
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return err
}

// notExist turns S3's "no such key" into ours.
func notExist(err error) error {
	if err != nil && minio.ToErrorResponse(err).StatusCode == http.StatusNotFound {
		return fmt.Errorf("%w: %w", fs.ErrNotExist, err)
	}
	return err
}
