package federation

import (
	"context"
	"net/url"

	"github.com/parvis-coop/parvis/internal/parvis"
)

// hostOf gives the host of a URL, with its port if it names one, in the form in
// which hosts are compared.
func hostOf(address string) string {
	u, err := url.Parse(address)
	if err != nil {
		return ""
	}
	host, err := normalHost(u.Host)
	if err != nil {
		return ""
	}
	return host
}

// policy tells what holds for the server of a URL; one without a server is refused.
func (s *Server) policy(ctx context.Context, n *parvis.Node, uri string) (parvis.Policy, error) {
	return s.app.Policy(ctx, n, hostOf(uri))
}

// policyOf tells what holds for an account: the stricter of what holds for its
// server and for the domain that people read in its handle.
func (s *Server) policyOf(ctx context.Context, n *parvis.Node, acc *parvis.Account) (parvis.Policy, error) {
	server, err := s.policy(ctx, n, acc.URI)
	if err != nil || acc.Domain == hostOf(acc.URI) {
		return server, err
	}
	handle, err := s.app.Policy(ctx, n, acc.Domain)
	return parvis.Policy{
		Refused: server.Refused || handle.Refused, Silenced: server.Silenced || handle.Silenced,
		RejectMedia: server.RejectMedia || handle.RejectMedia, RejectReports: server.RejectReports || handle.RejectReports,
	}, err
}

// blocked tells whether the server of a URL is refused; a URL without one is.
func (s *Server) blocked(ctx context.Context, n *parvis.Node, uri string) (bool, error) {
	p, err := s.policy(ctx, n, uri)
	return p.Refused, err
}
