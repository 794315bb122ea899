package web

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"
	"net/url"

	"github.com/a-h/templ"

	"github.com/parvis-coop/parvis/internal/app"
	"github.com/parvis-coop/parvis/internal/parvis"
	"github.com/parvis-coop/parvis/web/templates"
)

// rulesShown is how many rules of domains a page has.
const rulesShown = 100

// domainsPage gathers what the page about domains shows.
func (v *visit) domainsPage() (templates.DomainsPage, error) {
	after := v.URL.Query().Get("apres")
	rules, err := v.app.DomainRules(v.Context(), v.node, after, rulesShown+1)
	if err != nil {
		return templates.DomainsPage{}, err
	}
	page := templates.DomainsPage{Rules: rules, Rule: parvis.DomainRule{Severity: parvis.Suspend}}
	if after != "" {
		page.Pages.Newer = templates.DomainsPath
	}
	if len(rules) > rulesShown {
		page.Rules = rules[:rulesShown]
		page.Pages.Older = templates.DomainsPath + "?" + url.Values{"apres": {rules[rulesShown-1].Domain}}.Encode()
	}
	page.Lists, err = v.app.BlockLists(v.Context(), v.node)
	return page, err
}

func domains(v *visit) error {
	if err := v.team(); err != nil {
		return err
	}
	page, err := v.domainsPage()
	if err != nil {
		return err
	}
	pg := v.newPage(templates.Me, v.T("web.domains"))
	return v.show(http.StatusOK, pg, templates.DomainsView(pg, page))
}

// correctDomains shows the page again with what must be corrected.
func (v *visit) correctDomains(cause error, fill func(*templates.DomainsPage)) error {
	page, err := v.domainsPage()
	if err != nil {
		return err
	}
	fill(&page)
	pg := v.newPage(templates.Me, v.T("web.domains"))
	return v.invalid(cause, pg, func(f templates.Form) templ.Component {
		page.Form = f
		return templates.DomainsView(pg, page)
	})
}

func ruleDomain(v *visit) error {
	if err := v.team(); err != nil {
		return err
	}
	r := parvis.DomainRule{Domain: v.FormValue("domain"), Severity: parvis.Severity(v.FormValue("severity")), RejectMedia: v.FormValue("media") != "",
		RejectReports: v.FormValue("reports") != "", Comment: v.FormValue("comment")}
	if _, err := v.app.RuleDomain(v.Context(), v.node, r); err != nil {
		return v.correctDomains(err, func(p *templates.DomainsPage) { p.Rule = r })
	}
	return v.goTo(templates.DomainsPath, "domain")
}

func unruleDomain(v *visit) error {
	if err := v.team(); err != nil {
		return err
	}
	err := v.app.UnruleDomain(v.Context(), v.node, v.FormValue("domain"))
	if err != nil && !errors.Is(err, parvis.ErrNotFound) { // a colleague was faster
		return err
	}
	return v.goTo(templates.DomainsPath, "undomain")
}

// exportDomains writes what the team decided as Mastodon does: blocks, or the
// domains that are allowed.
func exportDomains(v *visit) error {
	return v.export("domain_blocks.csv", app.WriteDomains)
}

func exportAllowed(v *visit) error {
	return v.export("domain_allows.csv", app.WriteAllowed)
}

func (v *visit) export(name string, write func(io.Writer, []parvis.DomainRule) error) error {
	if err := v.team(); err != nil {
		return err
	}
	rules, err := v.app.AllDomainRules(v.Context(), v.node)
	if err != nil {
		return err
	}
	var out bytes.Buffer
	if err := write(&out, rules); err != nil {
		return err
	}
	v.w.Header().Set("Content-Disposition", `attachment; filename="`+name+`"`)
	v.w.Header().Set("Cache-Control", "private, no-store")
	return v.write(http.StatusOK, "text/csv; charset=utf-8", out.Bytes())
}

func importDomains(v *visit) error {
	if err := v.team(); err != nil {
		return err
	}
	v.Body = http.MaxBytesReader(v.w, v.Body, app.MaxListBytes+maxFields)
	file, _, err := v.FormFile("file")
	if errors.Is(err, http.ErrMissingFile) {
		err = parvis.Invalid("file", "list.empty")
		return v.correctDomains(err, func(*templates.DomainsPage) {})
	}
	if err != nil {
		return formError(err)
	}
	raw, err := io.ReadAll(file)
	if err != nil {
		return formError(err)
	}
	severity := parvis.Severity(v.FormValue("otherwise"))
	if !severity.Valid() {
		severity = parvis.Suspend
	}
	done, err := v.app.ImportDomains(v.Context(), v.node, raw, severity)
	if err != nil {
		return v.correctDomains(err, func(*templates.DomainsPage) {})
	}
	page, err := v.domainsPage()
	if err != nil {
		return err
	}
	page.Import = &done
	pg := v.newPage(templates.Me, v.T("web.domains"))
	return v.show(http.StatusOK, pg, templates.DomainsView(pg, page))
}

func followList(v *visit) error {
	if err := v.admin(); err != nil {
		return err
	}
	if _, err := v.app.FollowList(v.Context(), v.node, v.FormValue("url")); err != nil {
		return v.correctDomains(err, func(p *templates.DomainsPage) { p.URL = v.FormValue("url") })
	}
	return v.goTo(templates.DomainsPath, "list")
}

func readList(v *visit) error {
	return v.aboutList("list", v.app.ReadList)
}

func leaveList(v *visit) error {
	return v.aboutList("unlist", v.app.LeaveList)
}

// aboutList does something with the list that the path names.
func (v *visit) aboutList(flash string, do func(context.Context, *parvis.Node, parvis.ID) error) error {
	if err := v.admin(); err != nil {
		return err
	}
	id, err := v.id()
	if err != nil {
		return err
	}
	if err := do(v.Context(), v.node, id); err != nil {
		return err
	}
	return v.goTo(templates.DomainsPath, flash)
}
