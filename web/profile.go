package web

import (
	"github.com/parvis-coop/parvis/internal/parvis"
	"github.com/parvis-coop/parvis/internal/text"
	"github.com/parvis-coop/parvis/web/templates"
)

func profile(v *visit) error {
	acc, err := v.account()
	if err != nil {
		return err
	}
	if acc.Type == parvis.Application && acc.Local() {
		return v.goTo("/", "")
	}
	page, err := v.paging()
	if err != nil {
		return err
	}
	posts, p, err := v.postsOf(acc, page)
	if err != nil {
		return err
	}
	pinned, err := v.pinnedBy(acc, page)
	if err != nil {
		return err
	}
	relations, err := v.app.Relationships(v.Context(), v.node, v.viewer, []parvis.ID{acc.ID})
	if err != nil {
		return err
	}
	said, err := v.app.Presentation(v.Context(), v.node, v.viewer, acc)
	if err != nil {
		return err
	}
	successor, err := v.successor(acc)
	if err != nil {
		return err
	}
	section := templates.NoSection
	if acc.ID == v.viewer.ID() {
		section = templates.Me
	}
	pg := v.newPage(section, acc.Display())
	pg.Summary = text.Excerpt(text.Plain(acc.BioHTML), 200)
	pg.Head = templates.AccountHead(pg, acc)
	shown := templates.ProfilePage{Account: acc, Presentation: said, Relationship: relations[acc.ID], Successor: successor, Pinned: pinned, Posts: posts, Pages: pages(acc.Path(), nil, page, p)}
	return v.showSame(pg, func(i imprint) {
		i.accounts(acc)
		if successor != nil {
			i.accounts(successor)
		}
		i.posts(pinned...)
		i.posts(posts...)
	}, templates.ProfileView(pg, shown))
}

// pinnedBy lists what an account wants to be read first; later pages do without.
func (v *visit) pinnedBy(acc *parvis.Account, page parvis.Page) ([]*parvis.Post, error) {
	if page.Before != 0 || page.After != 0 || page.From != 0 {
		return nil, nil
	}
	return v.app.Pinned(v.Context(), v.node, v.viewer, acc.ID)
}

// postsOf lists what an account published; a feed publishes nothing itself, but
// shares posts, in an order of its own.
func (v *visit) postsOf(acc *parvis.Account, page parvis.Page) (posts []*parvis.Post, p part, err error) {
	if acc.IsFeed() {
		posts, p, err = v.sharedBy(acc, page)
	} else {
		posts, err = v.app.PostsBy(v.Context(), v.node, v.viewer, acc.ID, false, page)
		p = partOf(posts, page)
	}
	if err != nil || len(posts) == 0 {
		return nil, part{}, err
	}
	all, err := v.app.Published(v.Context(), v.node, acc)
	// What the viewer may not see was left out, so a short page need not be the last.
	p.full = p.full || all > page.Size()
	return posts, p, err
}

// sharedBy lists the posts that a feed shared, as they were shared.
func (v *visit) sharedBy(feed *parvis.Account, page parvis.Page) ([]*parvis.Post, part, error) {
	entries, err := v.app.EntriesBy(v.Context(), v.node, v.viewer, feed, false, page)
	if err != nil || len(entries) == 0 {
		return nil, part{}, err
	}
	posts := make([]*parvis.Post, len(entries))
	for i, e := range entries {
		posts[i] = e.Post
	}
	return posts, partOfEntries(entries, page), nil
}

func follow(v *visit) error {
	acc, err := v.account()
	if err != nil {
		return err
	}
	if v.FormValue("verb") == "unfollow" {
		if err := v.app.Unfollow(v.Context(), v.node, v.viewer, acc.ID); err != nil {
			return err
		}
		return v.goTo(v.back(acc.Path()), "unfollowed")
	}
	if err := v.app.Follow(v.Context(), v.node, v.viewer, acc.ID); err != nil {
		return err
	}
	return v.goTo(v.back(acc.Path()), "followed")
}

func answerFollow(v *visit) error {
	acc, err := v.account()
	if err != nil {
		return err
	}
	answer, flash := parvis.VerbReject, "rejected"
	switch v.FormValue("verb") {
	case "accept":
		answer, flash = parvis.VerbAccept, "accepted"
	case "remove":
		flash = "removed"
	}
	if err := v.app.AnswerFollow(v.Context(), v.node, v.viewer, acc.ID, answer); err != nil {
		return err
	}
	return v.goTo(v.back(templates.MePath), flash)
}

func block(v *visit) error {
	acc, err := v.account()
	if err != nil {
		return err
	}
	if v.FormValue("verb") == "unblock" {
		if err := v.app.Unblock(v.Context(), v.node, v.viewer, acc.ID); err != nil {
			return err
		}
		return v.goTo(acc.Path(), "unblocked")
	}
	if err := v.app.Block(v.Context(), v.node, v.viewer, acc.ID); err != nil {
		return err
	}
	return v.goTo("/moi/blocages", "blocked")
}
