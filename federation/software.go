package federation

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/parvis-coop/parvis/internal/parvis"
	"github.com/parvis-coop/parvis/internal/work"
	"github.com/parvis-coop/parvis/storage"
)

// How long what a server says of its software holds, and after what time it is asked
// again at all.
const (
	softwareFor   = 30 * 24 * time.Hour
	softwareAgain = 24 * time.Hour
	softwareAsked = 50 // at once, because a feed speaks
	maxSoftware   = 50 // bytes of a name
)

// groupware is the software whose groups pass activities on (FEP-1b12), and which
// takes the bare Announce of a post for something else: Lemmy and PieFed refuse or
// ignore it, Mbin counts it as a vote, NodeBB shows it as a share beside the topic.
var groupware = map[string]bool{"lemmy": true, "piefed": true, "mbin": true, "kbin": true, "nodebb": true}

// errNoSoftware says that a server does not tell what it runs.
var errNoSoftware = errors.New("no software is named")

// software runs a JobSoftware: it asks a server what it runs (NodeInfo), because
// somebody there follows a feed.
func (s *Server) software(ctx context.Context, j *parvis.Job) error {
	n, args, err := begin[parvis.SoftwareArgs](ctx, s, j)
	if err != nil {
		return err
	}
	known, err := s.app.DB.SoftwareOf(ctx, []string{args.Host})
	if err != nil || s.now().Sub(known[args.Host].AskedAt) < softwareAgain {
		return err
	}
	if err := s.welcome(ctx, n, n.Scheme+"://"+args.Host); err != nil {
		return settle(err)
	}
	name, err := s.askSoftware(ctx, args.Host)
	if err != nil && j.Attempt < fetchTries && settle(err) == err && !errors.Is(err, errNoSoftware) {
		return err
	}
	// A server that does not say is none that we have to speak to in another way.
	saved := s.rows(n).InTx(ctx, func(ctx context.Context, t *storage.Tx) error {
		return t.SaveSoftware(ctx, storage.Software{Host: args.Host, Name: name, AskedAt: s.now()})
	})
	if saved != nil || err == nil {
		return saved
	}
	return work.Drop(err)
}

// askSoftware reads the name of a server's software.
func (s *Server) askSoftware(ctx context.Context, host string) (string, error) {
	err := errNoSoftware
	for _, base := range s.client.bases(host) {
		var raw []byte
		if raw, err = s.client.GetJSON(ctx, base+"/.well-known/nodeinfo", typeJRD); err != nil {
			continue
		}
		var address string
		for _, version := range []string{"2.1", "2.0"} {
			if address = linkWith(raw, nodeInfoNS+version); address != "" {
				break
			}
		}
		if !SameOrigin(address, base) {
			return "", fmt.Errorf("%s: %w", host, errNoSoftware)
		}
		if raw, err = s.client.GetJSON(ctx, address); err != nil {
			return "", err
		}
		return readSoftware(raw)
	}
	return "", err
}

// readSoftware finds the name in a NodeInfo document.
func readSoftware(raw []byte) (string, error) {
	var doc struct {
		Software struct {
			Name string `json:"name"`
		} `json:"software"`
	}
	if err := json.Unmarshal(raw, &doc); err != nil {
		return "", fmt.Errorf("%w: %w", errNoSoftware, err)
	}
	name := strings.ToLower(doc.Software.Name)
	if name == "" || len(name) > maxSoftware || strings.Trim(name, "abcdefghijklmnopqrstuvwxyz0123456789-_.") != "" {
		return "", fmt.Errorf("%w: %.100q", errNoSoftware, name)
	}
	return name, nil
}

// split parts the inboxes of a feed's followers by what their servers understand:
// shares of posts, or activities that are passed on. Servers that have not been asked
// lately are asked for the next time.
func (s *Server) split(ctx context.Context, n *parvis.Node, inboxes []string) (posts, activities []string, err error) {
	hosts := make([]string, len(inboxes))
	for i, inbox := range inboxes {
		hosts[i] = hostOf(inbox)
	}
	known, err := s.app.DB.SoftwareOf(ctx, hosts)
	if err != nil {
		return nil, nil, err
	}
	var stale []string
	for i, inbox := range inboxes {
		software := known[hosts[i]]
		if groupware[software.Name] {
			activities = append(activities, inbox)
		} else {
			posts = append(posts, inbox)
		}
		if s.now().Sub(software.AskedAt) > softwareFor && len(stale) < softwareAsked {
			stale = append(stale, hosts[i])
		}
	}
	return posts, activities, s.wantSoftware(ctx, n, stale)
}

// wantSoftware has servers asked what they run.
func (s *Server) wantSoftware(ctx context.Context, n *parvis.Node, hosts []string) error {
	if len(hosts) == 0 {
		return nil
	}
	return s.rows(n).InTx(ctx, func(ctx context.Context, t *storage.Tx) error {
		for _, host := range hosts {
			if err := s.enqueue(ctx, t, parvis.Job{Kind: parvis.JobSoftware, Key: host, Lane: "software:" + host}, parvis.SoftwareArgs{Host: host}); err != nil {
				return err
			}
		}
		return nil
	})
}
