package web

import (
	"cmp"
	"encoding/json"
	"net/http"
	"strings"

	"github.com/a-h/templ"

	"github.com/parvis-coop/parvis/internal/app"
	"github.com/parvis-coop/parvis/internal/parvis"
	"github.com/parvis-coop/parvis/web/templates"
)

// maxSigned bounds a form with what a device signed, in bytes.
const maxSigned = 64 << 10

// A challenge is what static/passkey.js asks for.
type challenge struct {
	Ticket  string          `json:"ticket"`
	Options json.RawMessage `json:"options"`
}

func (v *visit) sendChallenge(c app.Challenge) error {
	body, err := json.Marshal(challenge(c))
	if err != nil {
		return err
	}
	v.w.Header().Set("Cache-Control", "no-store")
	return v.write(http.StatusOK, "application/json", body)
}

// signed reads a form that static/passkey.js filled in. It is empty if that got no
// challenge: what stood in its way is met again.
func (v *visit) signed() (app.Signed, error) {
	v.Body = http.MaxBytesReader(v.w, v.Body, maxSigned)
	if err := v.ParseForm(); err != nil {
		return app.Signed{}, formError(err)
	}
	return app.Signed{Ticket: v.PostFormValue("defi"), Credential: v.PostFormValue("reponse")}, nil
}

func askPasskey(v *visit) error {
	c, err := v.app.AskPasskey(v.Context(), v.node, v.browser())
	if err != nil {
		return err
	}
	return v.sendChallenge(c)
}

func enterByPasskey(v *visit) error {
	signed, err := v.signed()
	if err != nil {
		return err
	}
	page, err := v.signInPage()
	if err != nil {
		return err
	}
	entrance, err := v.app.EnterByPasskey(v.Context(), v.node, signed, v.browser())
	if err != nil {
		pg := v.newPage(templates.Me, v.signInTitle())
		return v.invalid(err, pg, func(f templates.Form) templ.Component {
			page.Form = f
			return templates.SignInView(pg, page)
		})
	}
	return v.enter(entrance, page.Back, "")
}

func askNewPasskey(v *visit) error {
	c, err := v.app.AskNewPasskey(v.Context(), v.node, v.guest)
	if err != nil {
		return err
	}
	return v.sendChallenge(c)
}

func addPasskey(v *visit) error {
	signed, err := v.signed()
	if err != nil {
		return err
	}
	name := cmp.Or(strings.TrimSpace(v.PostFormValue("passkey")), v.deviceName())
	if err := v.app.AddPasskey(v.Context(), v.node, v.guest, signed, name); err != nil {
		return v.correctAccess(err, func(p *templates.AccessPage) { p.Passkeys.Name = name })
	}
	return v.goTo(templates.AccessPath, "passkey.added")
}

func removePasskey(v *visit) error {
	id, err := parvis.ParseID(v.FormValue("cle"))
	if err != nil {
		return err
	}
	if err := v.app.RemovePasskey(v.Context(), v.node, v.guest, id); err != nil {
		return err
	}
	return v.goTo(templates.AccessPath, "passkey.removed")
}

// deviceName is what a visitor's browser and system are called.
func (v *visit) deviceName() string { return templates.DeviceName(v.printer, v.UserAgent()) }
