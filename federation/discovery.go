package federation

import (
	"context"
	"encoding/json"
	"encoding/xml"
	"errors"
	"net/http"
	"strings"

	"github.com/gorilla/mux"
	"github.com/maypok86/otter/v2"

	"github.com/parvis-coop/parvis/federation/vocab"
	"github.com/parvis-coop/parvis/internal/parvis"
	"github.com/parvis-coop/parvis/storage"
)

// A jrd is a JSON Resource Descriptor (RFC 7033 §4.4).
type jrd struct {
	Subject string    `json:"subject,omitempty"`
	Aliases []string  `json:"aliases,omitempty"`
	Links   []jrdLink `json:"links"`
}

type jrdLink struct {
	Rel      string `json:"rel"`
	Type     string `json:"type,omitempty"`
	Href     string `json:"href,omitempty"`
	Template string `json:"template,omitempty"`
}

// maxResource bounds what one may ask WebFinger about.
const maxResource = 500

// webfinger says who is behind a handle or address of this node (RFC 7033).
func (s *Server) webfinger(w http.ResponseWriter, r *http.Request) {
	n := parvis.NodeFrom(r.Context())
	anyOrigin(w)
	resource := r.URL.Query().Get("resource")
	if resource == "" || len(resource) > maxResource {
		http.Error(w, "want ?resource=acct:name@"+n.Host, http.StatusBadRequest)
		return
	}
	acc, err := s.resource(r.Context(), n, resource)
	switch {
	case errors.Is(err, parvis.ErrNotFound):
		http.Error(w, "not found", http.StatusNotFound)
	case errors.Is(err, parvis.ErrGone):
		http.Error(w, "gone", http.StatusGone)
	case err != nil:
		s.broken(w, r, err)
	case resource == n.URL("/") || resource == n.Base():
		writeJSON(w, typeJRD, jrd{Subject: n.URL("/"), Links: []jrdLink{{Rel: relService, Type: vocab.MediaType, Href: acc.URI}}})
	default:
		writeJSON(w, typeJRD, describe(n, acc))
	}
}

// resource finds the local account that a WebFinger resource names.
func (s *Server) resource(ctx context.Context, n *parvis.Node, resource string) (*parvis.Account, error) {
	rows := s.rows(n)
	var acc *parvis.Account
	var err error
	switch {
	case resource == n.URL("/") || resource == n.Base():
		acc, err = rows.Account(ctx, n.ActorID)
	case isWebURL(resource):
		// An account's id is its page too, except for the node's own.
		acc, err = s.local(rows.AccountByURI(ctx, resource))
	default:
		var h Handle
		if h, err = ParseHandle(resource); err != nil || h.Host != n.Host && h.Host != n.Hostname() {
			return nil, parvis.ErrNotFound
		}
		acc, err = s.local(rows.AccountByAcct(ctx, h.User))
	}
	switch {
	case err != nil:
		return nil, err
	case !acc.DeletedAt.IsZero():
		return nil, parvis.ErrGone
	case !acc.SuspendedAt.IsZero():
		return nil, parvis.ErrNotFound
	}
	return acc, nil
}

// describe writes what WebFinger says of a local account: where its actor and page
// are, and where its owner follows and answers others from here.
func describe(n *parvis.Node, acc *parvis.Account) jrd {
	interact := n.URL("/authorize_interaction?uri=")
	return jrd{
		Subject: "acct:" + acc.Username + "@" + n.Host,
		Aliases: []string{acc.URI},
		Links: []jrdLink{
			{Rel: "self", Type: vocab.MediaType, Href: acc.URI},
			{Rel: "http://webfinger.net/rel/profile-page", Type: "text/html", Href: acc.URL},
			{Rel: relSubscribe, Template: interact + "{uri}"},
			{Rel: relIntentObject, Template: interact + "{object}"},
			{Rel: relIntentFollow, Template: interact + "{object}"},
		},
	}
}

// hostMeta says where WebFinger answers (RFC 6415), in XML or JSON.
func (s *Server) hostMeta(w http.ResponseWriter, r *http.Request) {
	n := parvis.NodeFrom(r.Context())
	anyOrigin(w)
	link := jrdLink{Rel: "lrdd", Template: n.URL("/.well-known/webfinger?resource={uri}")}
	w.Header().Add("Vary", "Accept")
	if strings.HasSuffix(r.URL.Path, ".json") || strings.Contains(r.Header.Get("Accept"), "json") {
		link.Type = typeJRD
		writeJSON(w, typeJRD, jrd{Links: []jrdLink{link}})
		return
	}
	type xrdLink struct {
		Rel      string `xml:"rel,attr"`
		Template string `xml:"template,attr"`
	}
	doc, err := xml.Marshal(struct {
		XMLName xml.Name `xml:"http://docs.oasis-open.org/ns/xri/xrd-1.0 XRD"`
		Link    xrdLink
	}{Link: xrdLink{link.Rel, link.Template}})
	if err != nil {
		s.broken(w, r, err)
		return
	}
	write(w, http.StatusOK, typeXRD+"; charset=utf-8", append([]byte(xml.Header), doc...))
}

// NodeInfo's schemas, which are also its link relations.
const nodeInfoNS = "http://nodeinfo.diaspora.software/ns/schema/"

// nodeInfoLinks says where NodeInfo is, and who the node's own actor is (FEP-2677).
func (s *Server) nodeInfoLinks(w http.ResponseWriter, r *http.Request) {
	n := parvis.NodeFrom(r.Context())
	anyOrigin(w)
	writeJSON(w, "application/json", jrd{Links: []jrdLink{
		{Rel: nodeInfoNS + "2.0", Href: n.URL("/nodeinfo/2.0")},
		{Rel: nodeInfoNS + "2.1", Href: n.URL("/nodeinfo/2.1")},
		{Rel: relApplication, Href: n.URL("/actor")},
	}})
}

type nodeInfo struct {
	Version   string            `json:"version"`
	Software  nodeInfoSoftware  `json:"software"`
	Protocols []string          `json:"protocols"`
	Services  nodeInfoServices  `json:"services"`
	Open      bool              `json:"openRegistrations"`
	Usage     nodeInfoUsage     `json:"usage"`
	Metadata  map[string]string `json:"metadata"`
}

type nodeInfoSoftware struct {
	Name       string `json:"name"`
	Version    string `json:"version"`
	Repository string `json:"repository,omitempty"` // since 2.1
}

type nodeInfoServices struct {
	Inbound  []string `json:"inbound"`
	Outbound []string `json:"outbound"`
}

type nodeInfoUsage struct {
	Users struct {
		Total          int `json:"total"`
		ActiveMonth    int `json:"activeMonth"`
		ActiveHalfyear int `json:"activeHalfyear"`
	} `json:"users"`
	LocalPosts int `json:"localPosts"`
}

const repository = "https://github.com/parvis-coop/parvis"

func (s *Server) nodeInfo(w http.ResponseWriter, r *http.Request) {
	n := parvis.NodeFrom(r.Context())
	anyOrigin(w)
	stats, err := s.stats.Get(r.Context(), n.ID, otter.LoaderFunc[parvis.ID, storage.Stats](
		func(ctx context.Context, _ parvis.ID) (storage.Stats, error) { return s.rows(n).Stats(ctx, s.now()) }))
	if err != nil {
		s.broken(w, r, err)
		return
	}
	doc := nodeInfo{
		Version:   mux.Vars(r)["version"],
		Software:  nodeInfoSoftware{Name: "parvis", Version: s.version},
		Protocols: []string{"activitypub"},
		Services:  nodeInfoServices{Inbound: []string{}, Outbound: []string{"atom1.0"}},
		Open:      n.Joinable(false),
		Metadata:  map[string]string{"nodeName": n.Name, "nodeDescription": n.Summary},
	}
	if doc.Version != "2.0" {
		doc.Software.Repository = repository
	}
	doc.Usage.Users.Total, doc.Usage.LocalPosts = stats.Accounts, stats.Posts
	doc.Usage.Users.ActiveMonth, doc.Usage.Users.ActiveHalfyear = stats.ActiveMonth, stats.ActiveHalfYear
	writeJSON(w, `application/json; profile="`+nodeInfoNS+doc.Version+`#"`, doc)
}

// anyOrigin lets pages of other sites read what is for everyone.
func anyOrigin(w http.ResponseWriter) { w.Header().Set("Access-Control-Allow-Origin", "*") }

func writeJSON(w http.ResponseWriter, contentType string, v any) {
	body, err := json.Marshal(v)
	if err != nil { // cannot be: these are plain structs
		http.Error(w, "internal error", http.StatusInternalServerError)
		return
	}
	write(w, http.StatusOK, contentType, body)
}
