package web

// revokeQuote takes back that a post of the viewer's may be quoted.
func revokeQuote(v *visit) error {
	id, err := v.id()
	if err != nil {
		return err
	}
	post, err := v.app.RevokeQuote(v.Context(), v.node, v.viewer, id)
	if err != nil {
		return err
	}
	return v.goTo(post.Path(), "quote.revoked")
}
