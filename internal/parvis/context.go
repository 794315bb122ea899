package parvis

import "context"

type nodeKey struct{}

// WithNode returns a context that carries the node that a request is for. It is
// for the HTTP edge only: below it, the node is an argument.
func WithNode(ctx context.Context, n *Node) context.Context {
	return context.WithValue(ctx, nodeKey{}, n)
}

// NodeFrom returns the node that a request is for, or nil.
func NodeFrom(ctx context.Context) *Node {
	n, _ := ctx.Value(nodeKey{}).(*Node)
	return n
}
