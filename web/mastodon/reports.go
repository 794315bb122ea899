package mastodon

import (
	"context"

	"github.com/parvis-coop/parvis/internal/parvis"
)

// reported is https://docs.joinmastodon.org/entities/Report/.
type reported struct {
	ID            string   `json:"id"`
	ActionTaken   bool     `json:"action_taken"`
	ActionTakenAt *string  `json:"action_taken_at"`
	Category      string   `json:"category"`
	Comment       string   `json:"comment"`
	Forwarded     bool     `json:"forwarded"`
	CreatedAt     string   `json:"created_at"`
	StatusIDs     []string `json:"status_ids"`
	RuleIDs       []string `json:"rule_ids"`
	TargetAccount *account `json:"target_account"`
}

func (a *API) report(ctx context.Context, c *call) (any, error) {
	target, err := c.in.id("account_id")
	if err != nil {
		return nil, err
	}
	posts, err := c.in.ids("status_ids")
	if err != nil {
		return nil, err
	}
	r, err := a.App.Report(ctx, c.node, c.viewer, parvis.Report{TargetID: target, PostIDs: posts,
		Comment: c.in.text("comment"), Forward: c.in.yes("forward")})
	if err != nil {
		return nil, err
	}
	acc, err := a.App.DB.Node(c.node.ID).Account(ctx, target)
	if err != nil {
		return nil, err
	}
	out := reported{ID: r.ID.Decimal(), Category: "other", Comment: r.Comment, Forwarded: r.Forward, CreatedAt: stamp(r.CreatedAt),
		StatusIDs: make([]string, len(posts)), RuleIDs: []string{}, TargetAccount: c.face(acc)}
	for i, id := range posts {
		out.StatusIDs[i] = id.Decimal()
	}
	return out, nil
}
