package federation

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/parvis-coop/parvis/internal/app"
	"github.com/parvis-coop/parvis/internal/parvis"
	"github.com/parvis-coop/parvis/internal/work"
	"github.com/parvis-coop/parvis/storage"
)

// Bounds on what the difference of two servers may cost.
const (
	// followsWait lets what is on its way arrive before anybody is asked.
	followsWait = time.Minute
	// maxFollowersListed is how many followers a list may have; a longer one is not believed.
	maxFollowersListed = 10_000
	// maxDisowned is how many follows that we know nothing of are taken back at a time.
	maxDisowned = 100
	// acceptedAfter is how old a request must be to count as accepted because it is
	// listed: the list may speak of an earlier one, which was taken back.
	acceptedAfter = time.Hour
)

// errFollows is wrapped by refusals of lists of followers.
var errFollows = errors.New("list of followers refused")

// readFollows reads what a verified request says of its sender's followers. What was
// not signed, is about another collection or leads to another origin is ignored, as
// FEP-8fcf demands: nobody may have us ask for, or believe, the followers of others.
// Who passes an activity on signs the request, and is not the sender.
func readFollows(r *http.Request, p SignatureParams, sender *parvis.Account) *parvis.FollowsClaim {
	if !SameOrigin(p.KeyID, sender.URI) {
		return nil
	}
	values := r.Header.Values(followsHeader)
	if len(values) != 1 || !slices.Contains(p.Covered, strings.ToLower(followsHeader)) || sender.Type == parvis.Application {
		return nil
	}
	collection, claim, err := parseFollows(values[0])
	if err != nil || collection == "" || collection != sender.FollowersURI || !SameOrigin(claim.URL, sender.URI) {
		return nil
	}
	return &claim
}

func parseFollows(header string) (collection string, claim parvis.FollowsClaim, err error) {
	if len(header) > maxSignatureBytes {
		return "", claim, fmt.Errorf("%w: header too long", errFollows)
	}
	fields, err := parseParams(header)
	if err != nil {
		return "", claim, fmt.Errorf("%w: %w", errFollows, err)
	}
	digest, err := hex.DecodeString(fields["digest"])
	if err != nil || len(digest) != sha256.Size || len(fields["url"]) > maxID {
		return "", claim, fmt.Errorf("%w: bad header", errFollows)
	}
	return fields["collectionid"], parvis.FollowsClaim{Digest: hex.EncodeToString(digest), URL: fields["url"]}, nil
}

// compareFollows has it found out what is wrong if an account's server counts other
// followers here than we do.
func (s *Server) compareFollows(ctx context.Context, n *parvis.Node, by *parvis.Account, claim *parvis.FollowsClaim) error {
	if claim == nil {
		return nil
	}
	known, err := s.roster(ctx, n, by)
	if err != nil {
		return err
	}
	here, _ := origin(n.Base())
	if known[here].String() == claim.Digest {
		return nil
	}
	if may, err := s.app.MayAsk(ctx, n, app.AskFollows, by.ID.String()); err != nil || !may {
		return err
	}
	return s.rows(n).InTx(ctx, func(ctx context.Context, t *storage.Tx) error {
		job := parvis.Job{Kind: parvis.JobFollows, Key: by.ID.String(), Lane: "follows:" + hostOf(by.URI), RunAt: s.now().Add(followsWait)}
		return s.enqueue(ctx, t, job, parvis.FollowsArgs{Account: by.ID, Claim: *claim})
	})
}

// follows runs a JobFollows.
func (s *Server) follows(ctx context.Context, j *parvis.Job) error {
	n, args, err := begin[parvis.FollowsArgs](ctx, s, j)
	if err != nil {
		return err
	}
	of, err := s.rows(n).Account(ctx, args.Account)
	if err != nil {
		return settle(err)
	}
	if !of.Active() {
		return nil
	}
	err = s.settleFollows(ctx, n, of, args.Claim)
	if err != nil && j.Attempt >= fetchTries {
		return work.Drop(err)
	}
	return settle(err)
}

// settleFollows makes our follows of an account and those that its server knows the
// same: what it does not know ends, what it accepted is accepted, and what we do not
// know is taken back.
func (s *Server) settleFollows(ctx context.Context, n *parvis.Node, of *parvis.Account, claim parvis.FollowsClaim) error {
	// Before the list is asked for, so that it is not older than any of these.
	ours, err := s.rows(n).LocalFollows(ctx, of.ID)
	if err != nil || digestOfFollows(ours).String() == claim.Digest {
		return err
	}
	listed, err := s.listedFollowers(ctx, n, claim)
	if err != nil {
		return err
	}
	for _, f := range ours {
		if err := s.settleFollow(ctx, n, of, f, listed[f.Follower.URI]); err != nil {
			return err
		}
		delete(listed, f.Follower.URI)
	}
	return s.disown(ctx, n, of, slices.Sorted(maps.Keys(listed)))
}

func digestOfFollows(follows []storage.LocalFollow) followsDigest {
	var d followsDigest
	for _, f := range follows {
		if f.Accepted {
			d = d.with(f.Follower.URI)
		}
	}
	return d
}

// listedFollowers fetches a list. It must be what was promised: a list that is cut
// short, or changed since, would end follows that nobody ended.
func (s *Server) listedFollowers(ctx context.Context, n *parvis.Node, claim parvis.FollowsClaim) (map[string]bool, error) {
	key, err := s.nodeKey(ctx, n)
	if err != nil {
		return nil, err
	}
	_, members, err := s.collect(ctx, n, claim.URL, key, maxFollowersListed)
	if err != nil {
		return nil, err
	}
	listed := make(map[string]bool, len(members))
	var d followsDigest
	for _, m := range members {
		if !SameOrigin(m.ID, n.Base()) {
			return nil, fmt.Errorf("%w: %s is not of ours", errFollows, m.ID)
		}
		if !listed[m.ID] {
			listed[m.ID], d = true, d.with(m.ID)
		}
	}
	if d.String() != claim.Digest {
		return nil, fmt.Errorf("%w: it does not match its digest", errFollows)
	}
	return listed, nil
}

// settleFollow makes one of our follows what the other server knows.
func (s *Server) settleFollow(ctx context.Context, n *parvis.Node, of *parvis.Account, f storage.LocalFollow, listed bool) error {
	switch {
	case f.Follower.Type == parvis.Application:
		return nil
	case f.Accepted && !listed:
		return s.app.DropFollow(ctx, n, f.Follow, of)
	case !f.Accepted && listed && s.now().Sub(f.CreatedAt) > acceptedAfter:
		return s.app.ReceiveAnswer(ctx, n, app.FollowAnswer{By: of, Follower: f.Follower, URI: f.URI, Verb: parvis.VerbAccept})
	}
	return nil
}

// disown takes back what the other server believes to be follows of ours.
func (s *Server) disown(ctx context.Context, n *parvis.Node, of *parvis.Account, unknown []string) error {
	for _, uri := range unknown[:min(len(unknown), maxDisowned)] {
		by, err := s.local(s.rows(n).AccountByURI(ctx, uri))
		if err == nil && by.Active() && by.Type != parvis.Application {
			err = s.app.DisownFollow(ctx, n, by, of)
		}
		if ignore(err, parvis.ErrNotFound) != nil {
			return err
		}
	}
	return nil
}
