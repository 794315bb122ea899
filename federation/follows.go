package federation

import (
	"context"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/hex"
	"fmt"
	"slices"

	"github.com/maypok86/otter/v2"

	"github.com/parvis-coop/parvis/federation/vocab"
	"github.com/parvis-coop/parvis/internal/parvis"
)

// Two servers may come to think differently of who follows whom. FEP-8fcf lets them
// notice: with what an account says to its followers goes a digest of those at the
// receiving server, which compares it with what it knows and, if they differ, asks for
// the list. Followers of nodes themselves are partners, and none of this.

const (
	followsHeader = "Collection-Synchronization"
	followsPath   = "/followers_synchronization" // below an actor
)

// A followsDigest is the XOR of the SHA-256 of followers' ids, in any order.
type followsDigest [sha256.Size]byte

func (d followsDigest) with(uri string) followsDigest {
	sum := sha256.Sum256([]byte(uri))
	subtle.XORBytes(d[:], d[:], sum[:])
	return d
}

func (d followsDigest) String() string { return hex.EncodeToString(d[:]) }

// A roster has the digests of an account's followers, by their origin.
type roster map[string]followsDigest

// A rosterKey names the followers of an account as they were at a version of it, which
// grows whenever one comes or goes.
type rosterKey struct {
	ID      parvis.ID
	Version int64
}

// rostersKept is how many bytes of rosters are kept.
const rostersKept = 4 << 20

func newRosters() *otter.Cache[rosterKey, roster] {
	return otter.Must(&otter.Options[rosterKey, roster]{MaximumWeight: rostersKept,
		Weigher: func(_ rosterKey, r roster) uint32 { return uint32(100 * (len(r) + 1)) }})
}

// roster returns that of an account, which was just read.
func (s *Server) roster(ctx context.Context, n *parvis.Node, of *parvis.Account) (roster, error) {
	return s.rosters.Get(ctx, rosterKey{of.ID, of.Version}, otter.LoaderFunc[rosterKey, roster](
		func(ctx context.Context, key rosterKey) (roster, error) {
			uris, err := s.rows(n).FollowerURIs(ctx, key.ID)
			if err != nil {
				return nil, err
			}
			all := make(roster)
			for _, uri := range uris {
				if at, ok := origin(uri); ok {
					all[at] = all[at].with(uri)
				}
			}
			return all, nil
		}))
}

// forFollowers tells whether a letter is addressed to its sender's followers.
func (l letter) forFollowers() bool {
	return l.from.Type != parvis.Application && slices.Contains(append(slices.Clone(l.said.To), l.said.Cc...), l.from.FollowersURI)
}

// followsHeader tells an inbox which followers of the sender we know at its server; it
// is left out if there are none.
func (s *Server) followsHeader(ctx context.Context, n *parvis.Node, args parvis.DeliverArgs) ([]Header, error) {
	if !args.Follows {
		return nil, nil
	}
	from, err := s.rows(n).Account(ctx, args.Signer)
	if err != nil {
		return nil, err
	}
	known, err := s.roster(ctx, n, from)
	if err != nil {
		return nil, err
	}
	at, _ := origin(args.Inbox)
	digest, ok := known[at]
	if !ok {
		return nil, nil
	}
	return []Header{{followsHeader, fmt.Sprintf(`collectionId="%s", url="%s", digest="%s"`, from.FollowersURI, from.URI+followsPath, digest)}}, nil
}

// showFollowersThere lists who follows an account from the server of who asks. Others
// are not shown, nor is anything to the unsigned.
func (s *Server) showFollowersThere(a asked) (vocab.Thing, error) {
	if a.viewer.Account == nil {
		return nil, errNameless
	}
	acc, err := s.account(a)
	if err != nil {
		return nil, err
	}
	uris, err := s.rows(a.node).FollowerURIs(a.Context(), acc.ID)
	if err != nil {
		return nil, err
	}
	items := []any{}
	for _, uri := range uris {
		if SameOrigin(uri, a.viewer.Account.URI) {
			items = append(items, uri)
		}
	}
	return vocab.Collection{ID: acc.URI + followsPath, AttributedTo: acc.URI, Total: len(items), Items: items}, nil
}
