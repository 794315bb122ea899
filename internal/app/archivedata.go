package app

import (
	"context"
	"embed"
	"encoding/json"
	"html/template"
	"io"
	"time"

	"github.com/parvis-coop/parvis/internal/parvis"
	"github.com/parvis-coop/parvis/storage"
)

// accountData is what is kept of somebody that ActivityPub has no words for. Nothing of
// it lets anybody in: no password, key, token or secret.
type accountData struct {
	Username string    `json:"username"`
	Name     string    `json:"name"`
	Bio      string    `json:"bio"`
	Quarter  string    `json:"quarter"`
	Listed   string    `json:"listed_for"`
	Locked   bool      `json:"approves_followers"`
	Email    string    `json:"email"`
	Role     string    `json:"role"`
	Language string    `json:"language"`
	Created  time.Time `json:"created_at"`
	LastSeen time.Time `json:"last_seen_on"`
	Age      int       `json:"stated_age,omitempty"`
	Charter  int       `json:"accepted_charter,omitempty"`

	Presentation *parvis.Presentation `json:"presentation"`
	News         parvis.Wishes        `json:"news"`
	Browsers     []browserData        `json:"browsers"`
	Passkeys     []string             `json:"passkeys"`
	Votes        []voteData           `json:"votes"`
	Reports      []reportData         `json:"reports"`
}

type browserData struct {
	Device  string    `json:"device"`
	Way     string    `json:"way"`
	Created time.Time `json:"signed_in_at"`
}

type voteData struct {
	Question string `json:"question"`
	Choice   string `json:"choice"`
}

type reportData struct {
	About   string    `json:"about"`
	Comment string    `json:"comment"`
	Created time.Time `json:"created_at"`
}

// mostListed bounds the short lists of an archive.
const mostListed = 1000

func (w *archive) data(ctx context.Context, out io.Writer) error {
	rows, acc := w.rows(), w.v.Account
	d := accountData{Username: acc.Username, Name: acc.Name, Bio: acc.Bio, Quarter: acc.Quarter, Listed: string(acc.Listed), Locked: acc.Locked,
		Email: w.login.Email, Role: string(w.login.Role), Language: w.login.Language, Created: acc.CreatedAt, LastSeen: w.login.LastSeenAt,
		Age: w.login.StatedAge, Charter: w.login.Charter}
	var err error
	if d.Presentation, err = rows.Presentation(ctx, acc.ID); err != nil {
		return err
	}
	if d.News, err = rows.Wishes(ctx, acc.ID); err != nil {
		return err
	}
	sessions, err := rows.Sessions(ctx, acc.ID, w.Now())
	if err != nil {
		return err
	}
	for _, s := range sessions {
		d.Browsers = append(d.Browsers, browserData{s.Device, string(s.Way), s.CreatedAt})
	}
	keys, err := rows.Passkeys(ctx, acc.ID)
	if err != nil {
		return err
	}
	for _, k := range keys {
		d.Passkeys = append(d.Passkeys, k.Name)
	}
	votes, err := rows.VotesBy(ctx, acc.ID, mostListed)
	if err != nil {
		return err
	}
	for _, v := range votes {
		d.Votes = append(d.Votes, voteData{v.URI, v.Choice})
	}
	if d.Reports, err = w.reports(ctx, rows); err != nil {
		return err
	}
	e := json.NewEncoder(out)
	e.SetIndent("", "  ")
	e.SetEscapeHTML(false)
	return e.Encode(d)
}

func (w *archive) reports(ctx context.Context, rows *storage.Node) ([]reportData, error) {
	made, err := rows.ReportsBy(ctx, w.v.ID(), mostListed)
	if err != nil {
		return nil, err
	}
	var all []reportData
	for _, r := range made {
		target, err := rows.Account(ctx, r.TargetID)
		if err != nil {
			return nil, err
		}
		all = append(all, reportData{target.Handle(w.node.Host), r.Comment, r.CreatedAt})
	}
	return all, nil
}

//go:embed archive.html
var archiveFiles embed.FS

var archivePage = template.Must(template.New("archive.html").Funcs(template.FuncMap{
	"T":    func(string, ...any) string { return "" }, // each archive has its own
	"day":  func(t time.Time) string { return t.Format("2006-01-02 15:04") },
	"html": func(s string) template.HTML { return template.HTML(s) }, //nolint:gosec // cleaned when it was stored
	"file": photoName,
}).ParseFS(archiveFiles, "archive.html"))

// index writes the page to read the archive by: without scripts, and without anything
// from elsewhere.
func (w *archive) index(ctx context.Context, out io.Writer) error {
	page, err := archivePage.Clone()
	if err != nil {
		return err
	}
	page.Funcs(template.FuncMap{"T": func(key string, args ...any) string { return w.Words(w.language, key, args...) }})
	say := func(part string, data any) {
		if err == nil {
			err = page.ExecuteTemplate(out, part, data)
		}
	}
	say("head", map[string]any{"Language": w.language, "Node": w.node.Name, "Account": w.v.Account,
		"Handle": w.v.Account.Handle(w.node.Host), "Now": w.Now(), "Portrait": w.v.Account.Avatar.Ready()})
	for p, failed := range w.posts(ctx) {
		if failed != nil {
			return failed
		}
		say("post", p)
	}
	say("talks", nil)
	for t, failed := range w.talks(ctx) {
		if failed != nil {
			return failed
		}
		say("talk", t)
		for m, failed := range w.messages(ctx, t.ID) {
			if failed != nil {
				return failed
			}
			say("message", m)
		}
		say("end", nil)
	}
	say("foot", nil)
	return err
}
