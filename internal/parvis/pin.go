package parvis

// MaxPins is how many posts a profile shows above the others.
const MaxPins = 5

// CanPin reports whether the viewer may show the post above the others on their
// profile: it is theirs, and for everyone.
func (v Viewer) CanPin(p *Post) bool { return v.CanEdit(p) && p.Audience.Public() }
