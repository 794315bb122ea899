package web

import (
	"errors"
	"net/http"
	"strings"

	"github.com/a-h/templ"

	"github.com/parvis-coop/parvis/internal/app"
	"github.com/parvis-coop/parvis/internal/parvis"
	"github.com/parvis-coop/parvis/web/templates"
)

// lists shows a resident's lists, with a form for another.
func lists(v *visit) error { return v.showLists(templates.ListForm{Replies: parvis.RepliesList}, nil) }

func makeList(v *visit) error {
	form := v.listForm()
	l, err := v.app.MakeList(v.Context(), v.node, v.viewer, listDraft(form))
	if err != nil {
		return v.showLists(form, err)
	}
	return v.goTo(templates.ListMembersPath(l), "list.made")
}

// showLists shows the lists; with the form to be corrected, if that is what problem says.
func (v *visit) showLists(form templates.ListForm, problem error) error {
	all, err := v.app.PeopleLists(v.Context(), v.node, v.viewer)
	if err != nil {
		return err
	}
	var people templates.PeoplePage
	if people.Requests, err = v.asking(); err != nil {
		return err
	}
	pg := v.newPage(templates.Me, v.T("web.people.lists"))
	if problem == nil {
		return v.show(http.StatusOK, pg, templates.ListsView(pg, people, all, form))
	}
	return v.invalid(problem, pg, func(f templates.Form) templ.Component {
		form.Form = f
		return templates.ListsView(pg, people, all, form)
	})
}

// listForm reads what was written in the form of a list.
func (v *visit) listForm() templates.ListForm {
	return templates.ListForm{Title: v.FormValue("title"), Replies: parvis.Replies(v.FormValue("replies"))}
}

func listDraft(f templates.ListForm) app.ListDraft {
	return app.ListDraft{Title: f.Title, Replies: f.Replies}
}

// peopleList returns the list that the path names.
func (v *visit) peopleList() (*parvis.List, error) {
	if err := v.resident(); err != nil {
		return nil, err
	}
	id, err := v.id()
	if err != nil {
		return nil, err
	}
	return v.app.PeopleList(v.Context(), v.node, v.viewer, id)
}

// readPeople shows what the people on a list published and shared.
func readPeople(v *visit) error {
	l, err := v.peopleList()
	if err != nil {
		return err
	}
	page, err := v.paging()
	if err != nil {
		return err
	}
	entries, err := v.app.ListTimeline(v.Context(), v.node, v.viewer, l.ID, page)
	if err != nil {
		return err
	}
	if err := v.fillQuotes(entries); err != nil {
		return err
	}
	pg := v.newPage(templates.Me, l.Title)
	return v.show(http.StatusOK, pg, templates.ListLineView(pg, l, templates.TimelinePage{
		Entries: entriesOf(entries), Pages: pages(templates.PeopleListPath(l), nil, page, partOfEntries(entries, page))}))
}

// listMembers shows who is on a list, and how it is called.
func listMembers(v *visit) error {
	l, err := v.peopleList()
	if err != nil {
		return err
	}
	return v.showMembers(l, templates.MembersPage{}, nil)
}

// showMembers shows a list from inside; with a form to be corrected, if that is what
// problem says.
func (v *visit) showMembers(l *parvis.List, shown templates.MembersPage, problem error) error {
	page, err := v.paging()
	if err != nil {
		return err
	}
	members, err := v.app.ListMembers(v.Context(), v.node, v.viewer, l.ID, page)
	if err != nil {
		return err
	}
	shown.List = l
	if !shown.Renaming {
		shown.Settings.Title, shown.Settings.Replies = l.Title, l.Replies
	}
	var p part
	shown.People, p = placed(members, page)
	shown.Pages = pages(templates.ListMembersPath(l), nil, page, p)
	following, err := v.rows().Following(v.Context(), v.viewer.ID(), parvis.Page{Limit: parvis.MaxPage})
	if err != nil {
		return err
	}
	for _, f := range following {
		shown.Following = append(shown.Following, f.Account.Handle(v.node.Host))
	}
	pg := v.newPage(templates.Me, l.Title)
	if problem == nil {
		return v.show(http.StatusOK, pg, templates.MembersView(pg, shown))
	}
	return v.invalid(problem, pg, func(f templates.Form) templ.Component {
		shown.Form = f
		return templates.MembersView(pg, shown)
	})
}

// changeMembers puts somebody on a list, by name, or takes them off, by id: a server that
// began anew may have others by the same names.
func changeMembers(v *visit) error {
	l, err := v.peopleList()
	if err != nil {
		return err
	}
	if v.FormValue("verb") == "remove" {
		return removeMember(v, l)
	}
	handle := strings.TrimSpace(v.FormValue("handle"))
	if handle == "" {
		return v.showMembers(l, templates.MembersPage{}, parvis.Invalid("handle", "web.interact.missing"))
	}
	acc, err := v.app.KnownHere().Lookup(v.Context(), v.node, handle)
	switch {
	case errors.Is(err, parvis.ErrNotFound):
		err = parvis.Invalid("handle", "web.interact.unknown")
	case err != nil:
		return err
	default:
		err = v.app.AddToList(v.Context(), v.node, v.viewer, l.ID, acc.ID)
	}
	if err != nil {
		return v.showMembers(l, templates.MembersPage{Handle: handle}, err)
	}
	return v.goTo(templates.ListMembersPath(l), "saved")
}

func removeMember(v *visit, l *parvis.List) error {
	id, err := parvis.ParseID(v.FormValue("compte"))
	if err != nil {
		return parvis.ErrNotFound
	}
	if err := v.app.RemoveFromList(v.Context(), v.node, v.viewer, l.ID, id); err != nil {
		return err
	}
	return v.goTo(templates.ListMembersPath(l), "saved")
}

func changeList(v *visit) error {
	l, err := v.peopleList()
	if err != nil {
		return err
	}
	form := v.listForm()
	if _, err := v.app.ChangeList(v.Context(), v.node, v.viewer, l.ID, listDraft(form)); err != nil {
		return v.showMembers(l, templates.MembersPage{Settings: form, Renaming: true}, err)
	}
	return v.goTo(templates.PeopleListPath(l), "saved")
}

func askDropList(v *visit) error {
	l, err := v.peopleList()
	if err != nil {
		return err
	}
	pg := v.newPage(templates.Me, v.T("web.people.drop"))
	return v.show(http.StatusOK, pg, templates.ConfirmView(pg, templates.ConfirmPage{
		Question: v.T("web.people.drop.question", "Title", l.Title), Text: v.T("web.people.drop.text"),
		Action: templates.PeopleListPath(l) + "/supprimer", Icon: "trash", Verb: v.T("web.people.drop"), Back: templates.ListMembersPath(l)}))
}

func dropList(v *visit) error {
	l, err := v.peopleList()
	if err != nil {
		return err
	}
	if err := v.app.DropList(v.Context(), v.node, v.viewer, l.ID); err != nil {
		return err
	}
	return v.goTo(templates.ListsPath, "deleted")
}
