package parvis

// A Viewer is who asks: a visitor (the zero Viewer), a resident, or the actor
// of another server whose signature was checked.
type Viewer struct {
	Account *Account
	Role    Role // RoleNone for visitors and remote actors
	// Partner is true for a remote actor whose server is this node's partner.
	Partner bool
	// Scopes limits an app's token, in the words of the Mastodon API; nil means all.
	Scopes []string
	// Token is the app's; 0 in a browser.
	Token ID
	// Language is the resident's preferred language; empty if they never chose.
	Language string
}

// ID returns the viewer's account id, or 0.
func (v Viewer) ID() ID {
	if v.Account == nil {
		return 0
	}
	return v.Account.ID
}

// Resident reports whether the viewer is signed in on this node.
func (v Viewer) Resident() bool { return v.Account != nil && v.Account.Local() && v.Role != RoleNone }

// Team reports whether the viewer may moderate.
func (v Viewer) Team() bool { return v.Role == RoleModerator || v.Role == RoleAdmin }

// Admin reports whether the viewer decides whom the node exchanges with.
func (v Viewer) Admin() bool { return v.Role == RoleAdmin }

// Audiences returns what the viewer may see in public lists.
func (v Viewer) Audiences() []Audience {
	if v.Resident() {
		return []Audience{Everyone, Partners, OnNode}
	}
	return []Audience{Everyone}
}

// Ties says how a viewer is tied to a post's author and to the post.
type Ties struct {
	Follows   bool // the viewer follows the author
	Mentioned bool // the post names the viewer
	Blocked   bool // one of the two blocked the other
}

// CanSee reports whether the viewer may see the post. Whoever may not is told
// that there is no such post.
func (v Viewer) CanSee(p *Post, t Ties) bool {
	if p.Author != nil && !p.Author.Active() && !v.Team() {
		return false
	}
	if v.ID() != 0 && v.ID() == p.AuthorID {
		return true
	}
	// Nobody escapes moderation by blocking the moderators.
	if t.Blocked && !v.Team() {
		return false
	}
	switch p.Audience {
	case Everyone, Unlisted:
		return true
	case Followers:
		return t.Follows || t.Mentioned
	case Partners:
		// A partner's server may read what was written here; it is not told what
		// third nodes shared with us.
		return v.Resident() || t.Mentioned || v.Partner && p.Author != nil && p.Author.Local()
	case OnNode:
		return v.Resident()
	case Named:
		return t.Mentioned
	}
	return false
}

// CanEdit reports whether the viewer may change the post.
func (v Viewer) CanEdit(p *Post) bool {
	return v.Resident() && v.ID() == p.AuthorID && p.DeletedAt.IsZero()
}

// CanDelete reports whether the viewer may delete the post.
func (v Viewer) CanDelete(p *Post) bool { return v.CanEdit(p) || v.Team() && p.DeletedAt.IsZero() }

// CanReact reports whether the viewer may like and keep what they see. Whoever moved
// away may not speak here.
func (v Viewer) CanReact() bool { return v.Resident() && !v.Account.Moved() }

// CanShare reports whether the viewer may pass the post on to others.
func (v Viewer) CanShare(p *Post) bool { return v.Resident() && p.Audience.Public() }

// CanMute reports whether the viewer may leave the account out of what they read: not
// themself, nor what the town itself says.
func (v Viewer) CanMute(acc *Account) bool {
	return v.Resident() && v.ID() != acc.ID && !acc.IsFeed() && !(acc.Local() && acc.Type == Application)
}

// CanSuspend reports whether the viewer may stop the account from acting. role is
// the account's, RoleNone for those of other servers. Nobody is stopped by
// themself, and the team does not fight over the keys: admins are out of reach.
func (v Viewer) CanSuspend(acc *Account, role Role) bool {
	ours := acc.Local() && role == RoleNone // the node itself, or a feed
	return v.Team() && v.ID() != acc.ID && role != RoleAdmin && !ours && acc.Active()
}
