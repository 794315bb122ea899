package federation_test

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/parvis-coop/parvis/federation"
	"github.com/parvis-coop/parvis/federation/vocab"
)

var vocabMalformed = vocab.ErrMalformed

func TestParseHandle(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]federation.Handle{
		"@lea@malakoff.example":             {User: "lea", Host: "malakoff.example"},
		"lea@malakoff.example":              {User: "lea", Host: "malakoff.example"},
		" ACCT:Lea@Malakoff.Example. ":      {User: "Lea", Host: "malakoff.example"},
		"acct:@lea@malakoff.example":        {User: "lea", Host: "malakoff.example"},
		"@jean_d.arc-2@localhost:8080":      {User: "jean_d.arc-2", Host: "localhost:8080"},
		"malakoff.example@malakoff.example": {User: "malakoff.example", Host: "malakoff.example"},
		"@mairie@besançon.example":          {User: "mairie", Host: "xn--besanon-yxa.example"},
		"@marie@127.0.0.1:8443":             {User: "marie", Host: "127.0.0.1:8443"},
		"@marie@[::1]:8443":                 {User: "marie", Host: "[::1]:8443"},
	} {
		got, err := federation.ParseHandle(text)
		if err != nil || got != want {
			t.Errorf("%q: got %+v, %v; want %+v", text, got, err, want)
		}
		if again, err := federation.ParseHandle(got.Acct()); err != nil || again != got {
			t.Errorf("%q: %s reads as %+v, %v", text, got.Acct(), again, err)
		}
	}
	for _, text := range []string{
		"", "@", "lea", "@lea", "@lea@", "@@malakoff.example", "@lea@malakoff.example@evil.example", "@.lea@malakoff.example", "@lea-@malakoff.example",
		"@léa@malakoff.example", "@lea@mala koff.example", "@lea@malakoff.example/inbox", "@lea@malakoff.example?x", "@lea@malakoff.example:0", "@lea@malakoff.example:",
		"@lea@malakoff.example:99999", "@lea\r\n@malakoff.example", "@" + strings.Repeat("a", 200) + "@malakoff.example", "@lea@" + strings.Repeat("a.", 200) + "example",
		"https://malakoff.example/@lea", "@*@malakoff.example",
	} {
		if got, err := federation.ParseHandle(text); !errors.Is(err, federation.ErrHandle) {
			t.Errorf("%q: got %+v, %v; want ErrHandle", text, got, err)
		}
	}
}

func FuzzParseHandle(f *testing.F) {
	f.Add("@lea@malakoff.example")
	f.Add("acct:mairie@besançon.example:8443")
	f.Add("@marie@[::1]:1")
	f.Fuzz(func(t *testing.T, text string) {
		h, err := federation.ParseHandle(text)
		if err != nil {
			return
		}
		again, err := federation.ParseHandle(h.String())
		if err != nil || !again.Equal(h) {
			t.Errorf("%q gives %s, which gives %s, %v", text, h, again, err)
		}
		if strings.ContainsAny(h.Host, "/?#@ \r\n%") {
			t.Errorf("%q gives the host %q", text, h.Host)
		}
	})
}

// A town is a server that answers WebFinger from a table: resource → JRD.
type town map[string]string

func (town town) handler(base string, w http.ResponseWriter, r *http.Request) {
	switch r.URL.Path {
	case "/.well-known/webfinger", "/finger":
		answer, ok := town[r.URL.Query().Get("resource")]
		if !ok || r.URL.Path != "/finger" && town["meta"] != "" {
			http.NotFound(w, r)
			return
		}
		if answer == "gone" {
			w.WriteHeader(http.StatusGone)
			return
		}
		w.Header().Set("Content-Type", "application/jrd+json; charset=utf-8")
		_, _ = io.WriteString(w, answer)
	case "/.well-known/host-meta":
		if town["meta"] == "" {
			http.NotFound(w, r)
			return
		}
		w.Header().Set("Content-Type", "application/xrd+xml; charset=utf-8")
		_, _ = fmt.Fprintf(w, `<?xml version="1.0" encoding="UTF-8"?>
			<XRD xmlns="http://docs.oasis-open.org/ns/xri/xrd-1.0"><Link rel="lrdd" template="%s/finger?resource={uri}"/></XRD>`, base)
	}
}

func jrd(subject string, actors ...string) string {
	links := []string{`{"rel":"http://webfinger.net/rel/profile-page","type":"text/html","href":"https://elsewhere.example"}`}
	for _, actor := range actors {
		links = append(links, fmt.Sprintf(`{"rel":"self","type":"application/activity+json","href":%q}`, actor))
	}
	return fmt.Sprintf(`{"subject":%q,"links":[%s]}`, subject, strings.Join(links, ","))
}

func TestFinger(t *testing.T) {
	t.Parallel()
	start := func() (town, string) {
		answers := town{}
		server := serve(t, answers.handler)
		return answers, strings.TrimPrefix(server.URL, "http://")
	}
	plain, plainHost := start()
	split, splitHost := start() // handles here, actors on the next
	web, webHost := start()
	meta, metaHost := start()
	evil, evilHost := start()

	plainActor, webActor := "http://"+plainHost+"/users/marie", "http://"+webHost+"/users/marie"
	acct := func(user, host string) string { return "acct:" + user + "@" + host }

	plain[acct("marie", plainHost)] = jrd(acct("Marie", plainHost), plainActor, plainActor)
	plain[plainActor] = jrd(acct("marie", plainHost), plainActor)
	plain[acct("partie", plainHost)] = "gone"
	plain[acct("deux", plainHost)] = jrd(acct("deux", plainHost), plainActor, plainActor+"2")
	plain[acct("sans", plainHost)] = jrd(acct("sans", plainHost))
	plain[acct("nul", plainHost)] = `{"subject":5}`
	split[acct("marie", splitHost)] = jrd(acct("marie", splitHost), webActor)
	web[acct("marie", webHost)] = jrd(acct("marie", splitHost), webActor)
	web[webActor] = jrd(acct("marie", splitHost), webActor)
	meta["meta"] = "yes"
	meta[acct("marie", metaHost)] = jrd(acct("marie", metaHost), "http://"+metaHost+"/users/marie")
	evil[acct("victime", evilHost)] = jrd(acct("victime", evilHost), plainActor)
	evil[acct("ping", evilHost)] = jrd(acct("pong", evilHost), plainActor)
	evil[acct("pong", evilHost)] = jrd(acct("ping", evilHost), plainActor)
	evil[acct("fichier", evilHost)] = jrd(acct("fichier", evilHost), "file:///etc/passwd")
	evil[acct("marie", evilHost)] = jrd(acct("marie", plainHost), "http://"+evilHost+"/users/marie")

	client := newClient(t, nil)
	for name, tt := range map[string]struct {
		handle federation.Handle
		want   federation.Identity
	}{
		"plain":               {federation.Handle{User: "marie", Host: plainHost}, federation.Identity{Handle: federation.Handle{User: "Marie", Host: plainHost}, Actor: plainActor}},
		"actor on other host": {federation.Handle{User: "marie", Host: splitHost}, federation.Identity{Handle: federation.Handle{User: "marie", Host: splitHost}, Actor: webActor}},
		"subject elsewhere":   {federation.Handle{User: "marie", Host: webHost}, federation.Identity{Handle: federation.Handle{User: "marie", Host: splitHost}, Actor: webActor}},
		"by host-meta":        {federation.Handle{User: "marie", Host: metaHost}, federation.Identity{Handle: federation.Handle{User: "marie", Host: metaHost}, Actor: "http://" + metaHost + "/users/marie"}},
		// An evil host that names another's account gives that account, not its own actor.
		"subject of another": {federation.Handle{User: "marie", Host: evilHost}, federation.Identity{Handle: federation.Handle{User: "Marie", Host: plainHost}, Actor: plainActor}},
	} {
		got, err := client.Finger(t.Context(), tt.handle)
		if err != nil || got != tt.want {
			t.Errorf("%s: got %+v, %v; want %+v", name, got, err, tt.want)
		}
	}
	for name, tt := range map[string]struct {
		user, host string
		want       error
	}{
		"unknown":               {"inconnue", plainHost, federation.ErrNotFound},
		"gone":                  {"partie", plainHost, federation.ErrGone},
		"two actors":            {"deux", plainHost, federation.ErrFinger},
		"no actor":              {"sans", plainHost, federation.ErrFinger},
		"malformed":             {"nul", plainHost, federation.ErrFinger},
		"another host's actor":  {"victime", evilHost, federation.ErrFinger},
		"subjects ping-pong":    {"ping", evilHost, federation.ErrFinger},
		"actor of other scheme": {"fichier", evilHost, federation.ErrRefusedAddress},
	} {
		if _, err := client.Finger(t.Context(), federation.Handle{User: tt.user, Host: tt.host}); !errors.Is(err, tt.want) {
			t.Errorf("%s: got %v, want %v", name, err, tt.want)
		}
	}
}
