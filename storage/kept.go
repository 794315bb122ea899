package storage

import (
	"context"
	"slices"

	"github.com/maypok86/otter/v2"

	"github.com/parvis-coop/parvis/internal/parvis"
)

// A ref names a row and the version that it had when a query came by it.
type ref struct {
	ID      parvis.ID
	Version int64
}

// A kept remembers whole posts and accounts that were read lately. It never has to
// be told of changes: whoever asks has just read the row's id and version from the
// database, and is given nothing older. Transactions have none, since what they
// read may be undone. See docs/decisions/0011-caches-by-version.md.
type kept struct {
	posts    *otter.Cache[parvis.ID, *parvis.Post] // without authors and emojis
	accounts *otter.Cache[parvis.ID, *parvis.Account]
}

// How many bytes of posts and of accounts are kept, about.
const (
	keptPosts    = 12 << 20
	keptAccounts = 6 << 20
)

func newKept() *kept {
	return &kept{
		posts: otter.Must(&otter.Options[parvis.ID, *parvis.Post]{MaximumWeight: keptPosts,
			Weigher: func(_ parvis.ID, p *parvis.Post) uint32 {
				return uint32(1000 + len(p.HTML) + len(p.Source) + 200*len(p.Tags) + 300*len(p.Mentions) + 1000*len(p.Media))
			}}),
		accounts: otter.Must(&otter.Options[parvis.ID, *parvis.Account]{MaximumWeight: keptAccounts,
			Weigher: func(_ parvis.ID, a *parvis.Account) uint32 {
				return uint32(2000 + len(a.Bio) + len(a.BioHTML) + len(a.PublicKey) + 300*len(a.Fields))
			}}),
	}
}

// post returns a post of its reader's own, or nil if that version is not kept.
func (k *kept) post(r ref) *parvis.Post {
	if k == nil {
		return nil
	}
	p, ok := k.posts.GetIfPresent(r.ID)
	if !ok || p.Version < r.Version {
		return nil
	}
	return copyOf(p)
}

// account is post for accounts.
func (k *kept) account(r ref) *parvis.Account {
	if k == nil {
		return nil
	}
	a, ok := k.accounts.GetIfPresent(r.ID)
	if !ok || a.Version < r.Version {
		return nil
	}
	own := *a
	own.Emojis = slices.Clone(a.Emojis)
	return &own
}

func (k *kept) keepPost(p *parvis.Post) {
	if k != nil {
		k.posts.Set(p.ID, copyOf(p))
	}
}

func (k *kept) keepAccount(a *parvis.Account) {
	if k != nil {
		own := *a
		own.Emojis = slices.Clone(a.Emojis)
		k.accounts.Set(a.ID, &own)
	}
}

// copyOf returns a post whose lists can be changed without changing p's. Nobody
// changes what else it points to.
func copyOf(p *parvis.Post) *parvis.Post {
	own := *p
	own.Media, own.Mentions, own.Tags, own.Emojis = slices.Clone(p.Media), slices.Clone(p.Mentions), slices.Clone(p.Tags), slices.Clone(p.Emojis)
	return &own
}

// A postRef is what a list says of a post: enough to know whether it is kept.
type postRef struct{ post, author ref }

// postRefs are the columns of a postRef, of posts p and their authors a.
const postRefs = "p.id, p.version, a.id, a.version"

// scan returns where a row's postRefs go.
func (r *postRef) scan() []any {
	return []any{(*int64)(&r.post.ID), &r.post.Version, (*int64)(&r.author.ID), &r.author.Version}
}

// readPosts returns the posts that a query of postRefs finds, in its order.
func (n *Node) readPosts(ctx context.Context, query string, args ...any) ([]*parvis.Post, error) {
	var refs []postRef
	var r postRef
	err := n.raw(query, args...).each(ctx, func() { refs = append(refs, r) }, r.scan()...)
	if err != nil {
		return nil, translate(err)
	}
	return n.postsAt(ctx, refs)
}

// postsAt returns posts in the order of refs, without those that are gone.
func (n *Node) postsAt(ctx context.Context, refs []postRef) ([]*parvis.Post, error) {
	if len(refs) == 0 {
		return nil, nil
	}
	posts := make([]*parvis.Post, len(refs))
	authors := make([]ref, len(refs))
	var missing []parvis.ID
	for i, r := range refs {
		authors[i] = r.author
		if posts[i] = n.db.kept.post(r.post); posts[i] == nil {
			missing = append(missing, r.post.ID)
		}
	}
	loaded, err := n.loadPosts(ctx, missing)
	if err != nil {
		return nil, err
	}
	byID, err := n.accountsAt(ctx, authors)
	if err != nil {
		return nil, err
	}
	for i, r := range refs {
		if posts[i] == nil {
			posts[i] = loaded[r.post.ID]
		}
		if posts[i] != nil {
			posts[i].Author = byID[r.author.ID]
		}
	}
	posts = slices.DeleteFunc(posts, func(p *parvis.Post) bool { return p == nil })
	return posts, n.fillPostEmojis(ctx, posts)
}

// accountsAt returns accounts by id, without those that are gone.
func (n *Node) accountsAt(ctx context.Context, refs []ref) (map[parvis.ID]*parvis.Account, error) {
	found := make(map[parvis.ID]*parvis.Account, len(refs))
	var missing []parvis.ID
	for _, r := range refs {
		if found[r.ID] != nil {
			continue
		}
		if a := n.db.kept.account(r); a != nil {
			found[r.ID] = a
		} else {
			missing = append(missing, r.ID)
		}
	}
	if err := n.loadAccounts(ctx, unique(missing), found); err != nil {
		return nil, err
	}
	return found, n.fillAccountEmojis(ctx, found)
}

// readAccounts returns the accounts that a query of ids and versions finds, in its order.
func (n *Node) readAccounts(ctx context.Context, query string, args ...any) ([]*parvis.Account, error) {
	var refs []ref
	var r ref
	err := n.raw(query, args...).each(ctx, func() { refs = append(refs, r) }, (*int64)(&r.ID), &r.Version)
	if err != nil {
		return nil, translate(err)
	}
	found, err := n.accountsAt(ctx, refs)
	if err != nil {
		return nil, err
	}
	accounts := make([]*parvis.Account, 0, len(refs))
	for _, r := range refs {
		if a := found[r.ID]; a != nil {
			accounts = append(accounts, a)
		}
	}
	return accounts, nil
}

// refsOf names rows whose versions do not matter, since nothing is kept.
func refsOf(ids []parvis.ID) []ref {
	refs := make([]ref, len(ids))
	for i, id := range ids {
		refs[i].ID = id
	}
	return refs
}
