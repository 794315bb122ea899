package federation

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"

	"github.com/parvis-coop/parvis/internal/parvis"
)

// errNameless refuses who did not say who they are.
var errNameless = errors.New("not signed")

// viewer tells who asks for something by a signed GET. Those whose server is refused
// get nothing at all, whether or not they would have without a signature.
func (s *Server) viewer(ctx context.Context, n *parvis.Node, r *http.Request) (parvis.Viewer, error) {
	params, err := ParseSignature(r)
	if err != nil {
		return parvis.Viewer{}, nil
	}
	if refused, err := s.blocked(ctx, n, params.KeyID); err != nil || refused {
		return parvis.Viewer{}, refusedVisitor(err, params.KeyID)
	}
	owner, err := s.visitor(ctx, n, r, params)
	if owner == nil || err != nil {
		return parvis.Viewer{}, err
	}
	if refused, err := s.barred(ctx, n, owner); err != nil || refused {
		return parvis.Viewer{}, refusedVisitor(err, owner.URI)
	}
	v := parvis.Viewer{Account: owner}
	v.Partner, err = s.rows(n).IsPartner(ctx, owner.Host())
	return v, err
}

func refusedVisitor(err error, who string) error {
	if err != nil {
		return err
	}
	return fmt.Errorf("%s is blocked: %w", who, parvis.ErrForbidden)
}

// visitor is whose signature a request has; nil if it is nobody's that we believe.
// Without authorized fetch only keys that are known count: whoever may see more than
// the public does is known here already, so nothing need be fetched because a
// stranger asks. With it, strangers are asked who they are, and who is known whether
// they have a new key; so are those who ask for their server's followers, as the node's
// actor of a server may for the first time.
func (s *Server) visitor(ctx context.Context, n *parvis.Node, r *http.Request, params SignatureParams) (*parvis.Account, error) {
	owner, err := s.rows(n).KeyOwner(ctx, params.KeyID)
	switch {
	case err == nil && s.verify(n, r, nil, params, owner) == nil:
	case ignore(err, parvis.ErrNotFound) != nil:
		return nil, err
	case !meets(n, r):
		return nil, nil
	default:
		// What cannot be had or does not match is no signature; the reason is theirs.
		if owner, err = s.checkSender(withBudget(ctx, 0), n, r, nil, params); err != nil {
			return nil, ctx.Err()
		}
	}
	if owner.Local() || !owner.Active() {
		return nil, nil
	}
	return owner, nil
}

// meets tells whether those who sign a request by a key that is unknown, or not theirs
// any more, are asked who they are.
func meets(n *parvis.Node, r *http.Request) bool {
	return n.AuthorizedFetch || strings.HasSuffix(r.URL.Path, followsPath)
}
