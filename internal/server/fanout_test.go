//go:build unix

package server_test

import (
	"bytes"
	"context"
	"crypto"
	"crypto/ed25519"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"io"
	"net"
	"net/http"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/parvis-coop/parvis/federation"
	"github.com/parvis-coop/parvis/internal/app"
	"github.com/parvis-coop/parvis/internal/parvis"
	"github.com/parvis-coop/parvis/internal/parvistest"
	"github.com/parvis-coop/parvis/storage"
)

// Who hears of the posts of BenchmarkFanout, and how many posts each turn takes.
const (
	fanHosts     = 100
	fanFollowers = 3 // on each host
	fanPosts     = 10
	fanned       = fanPosts * fanHosts
)

// BenchmarkFanout publishes posts to followers on a hundred servers that take what
// comes without a look, at once or after a while.
func BenchmarkFanout(b *testing.B) {
	for _, e := range parvistest.Engines(b) {
		for _, scheme := range []federation.Scheme{federation.SchemeCavage, federation.SchemeEd25519} {
			for _, delay := range []time.Duration{0, 100 * time.Millisecond} {
				b.Run(fmt.Sprintf("%s/%s/%s", e.Name, scheme, delay), func(b *testing.B) { benchmarkFanout(b, e, scheme, delay) })
			}
		}
	}
}

func benchmarkFanout(b *testing.B, e parvistest.Engine, scheme federation.Scheme, delay time.Duration) {
	n := newBench(b, e)
	hosts := n.attract(b, scheme)
	receive := func() report {
		got := n.rest.do(order{Do: "receive", Delay: delay})
		if got.Delivered != fanned || got.Repeated > 0 {
			b.Fatalf("%d deliveries, %d of them repeated; want %d once", got.Delivered, got.Repeated, fanned)
		}
		return got
	}
	fan := func() { n.fan(fanPosts) }
	fan() // opens the connections, and shows what is sent
	bare := &barePost{scheme: scheme, key: n.key(b), hosts: hosts, body: receive().Body, client: bareClient()}
	bare.fan(b, 1)
	n.rest.do(order{Do: "receive", Delay: delay})
	var limit, ours meter
	for b.Loop() {
		ours.run(b, fanned, fan)
		receive()
		limit.run(b, fanned, func() { bare.fan(b, fanPosts) })
		n.rest.do(order{Do: "receive", Delay: delay})
	}
	b.ReportMetric(0, "ns/op")
	limit.report(b, "limit")
	ours.report(b, "delivery")
	ours.share(b, &limit, "delivery")
	ours.rate(b, "deliveries")
}

// fan has jeanne publish posts, and waits until they are delivered.
func (n *bench) fan(posts int) {
	n.work(parvis.JobDeliver, posts*fanHosts, func() {
		for i := range posts {
			n.publish(n.reads, app.Draft{Detail: &parvis.Note{}, Audience: parvis.Everyone,
				Source: fmt.Sprintf("Au marché de Malakoff ce matin, **%d** étals et du soleil. #marché", i+12)})
		}
	})
}

// attract makes people on a hundred servers follow jeanne, and returns the servers.
// How they take signatures is known.
func (n *bench) attract(b *testing.B, scheme federation.Scheme) []string {
	b.Helper()
	port := n.rest.do(order{}).Port
	var hosts []string
	var accounts []*parvis.Account
	for i := range fanHosts {
		host := "ville" + strconv.Itoa(i) + ".localhost:" + port
		hosts = append(hosts, host)
		if err := n.app.DB.SaveScheme(bg, host, storage.Scheme{Name: string(scheme), LearntAt: time.Now()}); err != nil {
			b.Fatal(err)
		}
		for j := range fanFollowers {
			a := parvistest.Stranger("voisine"+strconv.Itoa(j), host)
			a.SharedInbox = "http://" + host + "/inbox"
			accounts = append(accounts, a)
		}
	}
	n.know(b, accounts, func(a *parvis.Account) *parvis.Follow {
		return &parvis.Follow{FollowerID: a.ID, FollowedID: n.reads.ID()}
	})
	return hosts
}

// key is jeanne's.
func (n *bench) key(b *testing.B) federation.Key {
	b.Helper()
	kept, err := n.app.DB.Node(n.node.ID).Keys(bg, n.reads.ID())
	if err != nil {
		b.Fatal(err)
	}
	key := federation.Key{ID: n.reads.Account.KeyID, Ed25519ID: n.reads.Account.MultikeyID}
	if key.Private, err = federation.ParsePrivateKey[*rsa.PrivateKey](kept.RSA); err != nil {
		b.Fatal(err)
	}
	if key.Ed25519, err = federation.ParsePrivateKey[ed25519.PrivateKey](kept.Ed25519); err != nil {
		b.Fatal(err)
	}
	return key
}

// A barePost does what no delivery can leave out: it signs the body for its receiver
// and posts it on a connection that is kept.
type barePost struct {
	scheme federation.Scheme
	key    federation.Key
	hosts  []string
	body   []byte
	client *http.Client
}

// bareClient makes a client to whom every name is this machine.
func bareClient() *http.Client {
	var dialer net.Dialer
	return &http.Client{Transport: &http.Transport{DialContext: func(ctx context.Context, network, address string) (net.Conn, error) {
		_, port, err := net.SplitHostPort(address)
		if err != nil {
			return nil, err
		}
		return dialer.DialContext(ctx, network, net.JoinHostPort("127.0.0.1", port))
	}}}
}

// fan posts to every host so many times, to all of them at a time.
func (p *barePost) fan(b *testing.B, times int) {
	b.Helper()
	var all sync.WaitGroup
	for _, host := range p.hosts {
		all.Go(func() {
			for range times {
				if err := p.post(host); err != nil {
					b.Error(err)
					return
				}
			}
		})
	}
	all.Wait()
}

func (p *barePost) post(host string) error {
	r, err := http.NewRequest(http.MethodPost, "http://"+host+"/inbox", bytes.NewReader(p.body))
	if err != nil {
		return err
	}
	r.Header.Set("Content-Type", "application/activity+json")
	sum := sha256.Sum256(p.body)
	digest := base64.StdEncoding.EncodeToString(sum[:])
	if p.scheme == federation.SchemeEd25519 {
		p.sign9421(r, digest)
	} else if err := p.signCavage(r, digest); err != nil {
		return err
	}
	response, err := p.client.Do(r)
	if err != nil {
		return err
	}
	defer func() { _ = response.Body.Close() }()
	if response.StatusCode != http.StatusAccepted {
		return fmt.Errorf("%s answers %s", host, response.Status)
	}
	_, err = io.Copy(io.Discard, response.Body)
	return err
}

func (p *barePost) signCavage(r *http.Request, digest string) error {
	date := time.Now().UTC().Format(http.TimeFormat)
	text := sha256.Sum256([]byte("(request-target): post /inbox\nhost: " + r.URL.Host + "\ndate: " + date + "\ndigest: SHA-256=" + digest))
	signature, err := rsa.SignPKCS1v15(nil, p.key.Private, crypto.SHA256, text[:])
	r.Header.Set("Date", date)
	r.Header.Set("Digest", "SHA-256="+digest)
	r.Header.Set("Signature", `keyId="`+p.key.ID+`",algorithm="rsa-sha256",headers="(request-target) host date digest",signature="`+
		base64.StdEncoding.EncodeToString(signature)+`"`)
	return err
}

func (p *barePost) sign9421(r *http.Request, digest string) {
	input := `("@method" "@target-uri" "content-digest");created=` + strconv.FormatInt(time.Now().Unix(), 10) + `;keyid="` + p.key.Ed25519ID + `"`
	signature := ed25519.Sign(p.key.Ed25519, []byte("\"@method\": POST\n\"@target-uri\": "+r.URL.String()+"\n\"content-digest\": sha-256=:"+digest+
		":\n\"@signature-params\": "+input))
	r.Header.Set("Content-Digest", "sha-256=:"+digest+":")
	r.Header.Set("Signature-Input", "sig1="+input)
	r.Header.Set("Signature", "sig1=:"+base64.StdEncoding.EncodeToString(signature)+":")
}
