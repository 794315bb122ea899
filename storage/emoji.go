package storage

import (
	"context"
	"errors"
	"strings"
	"time"

	"github.com/parvis-coop/parvis/internal/parvis"
)

// emojiNames is how a row holds which emojis its texts use.
func emojiNames(all []parvis.Emoji) string { return strings.Join(parvis.EmojiNames(all), " ") }

// namedEmojis is the inverse of emojiNames; the pictures are filled in later.
func namedEmojis(names string) []parvis.Emoji {
	if names == "" {
		return nil
	}
	var all []parvis.Emoji
	for name := range strings.FieldsSeq(names) {
		all = append(all, parvis.Emoji{Name: name})
	}
	return all
}

// An emojiUse is a text with emojis and the server whose they are.
type emojiUse struct {
	host   string
	emojis []parvis.Emoji
}

// fillEmojis finds the pictures of emojis. Most texts have none, and cost nothing.
func (n *Node) fillEmojis(ctx context.Context, uses []emojiUse) error {
	if len(uses) == 0 {
		return nil
	}
	var hosts, names []string
	for _, use := range uses {
		hosts = append(hosts, use.host)
		for _, e := range use.emojis {
			names = append(names, e.Name)
		}
	}
	known, err := n.emojis(ctx, hosts, names)
	if err != nil {
		return err
	}
	for _, use := range uses {
		for i, e := range use.emojis {
			use.emojis[i] = known[emojiKey{use.host, e.Name}]
			use.emojis[i].Host, use.emojis[i].Name = use.host, e.Name
		}
	}
	return nil
}

type emojiKey struct{ host, name string }

func (n *Node) emojis(ctx context.Context, hosts, names []string) (map[emojiKey]parvis.Emoji, error) {
	var rows []struct {
		Host, Name string
		MediaID    parvis.ID
		UpdatedAt  int64
	}
	err := n.raw("SELECT host, name, media_id, updated_at FROM emojis WHERE node_id = ? AND host IN (?) AND name IN (?)",
		n.node, listOf(hosts), listOf(names)).Scan(ctx, &rows)
	if err != nil {
		return nil, translate(err)
	}
	pictures := make([]parvis.ID, len(rows))
	for i, r := range rows {
		pictures[i] = r.MediaID
	}
	media, err := n.mediaByID(ctx, pictures)
	if err != nil {
		return nil, err
	}
	known := make(map[emojiKey]parvis.Emoji, len(rows))
	for _, r := range rows {
		known[emojiKey{r.Host, r.Name}] = parvis.Emoji{Name: r.Name, Host: r.Host, Media: media[r.MediaID], UpdatedAt: at(r.UpdatedAt)}
	}
	return known, nil
}

// Emoji returns an emoji of a server.
func (n *Node) Emoji(ctx context.Context, host, name string) (parvis.Emoji, error) {
	known, err := n.emojis(ctx, []string{host}, []string{name})
	if err != nil {
		return parvis.Emoji{}, err
	}
	e, ok := known[emojiKey{host, name}]
	if !ok {
		return e, parvis.ErrNotFound
	}
	return e, nil
}

// IsEmoji reports whether a picture is that of an emoji.
func (n *Node) IsEmoji(ctx context.Context, media parvis.ID) (bool, error) {
	var yes bool
	err := n.raw("SELECT EXISTS (SELECT 1 FROM emojis WHERE media_id = ? AND node_id = ?)", media, n.node).Scan(ctx, &yes)
	return yes, translate(err)
}

// CountEmojis counts the emojis of a server that are kept, and those that came
// after a time.
func (n *Node) CountEmojis(ctx context.Context, host string, since time.Time) (all, fresh int, err error) {
	err = n.raw("SELECT COUNT(*), COALESCE(SUM(CASE WHEN id >= ? THEN 1 ELSE 0 END), 0) FROM emojis WHERE node_id = ? AND host = ?",
		parvis.FirstID(since), n.node, host).Scan(ctx, &all, &fresh)
	return all, fresh, translate(err)
}

// SetEmoji stores an emoji with its picture, or gives a known one another picture.
func (n *Tx) SetEmoji(ctx context.Context, e parvis.Emoji, now time.Time) error {
	changed, err := n.exec(ctx, "UPDATE emojis SET media_id = ?, updated_at = ? WHERE node_id = ? AND host = ? AND name = ?",
		e.Media.ID, ms(e.UpdatedAt), n.node, e.Host, e.Name)
	if err != nil || changed > 0 {
		return err
	}
	for id := parvis.NewID(now); ; id++ { // it may be taken by chance
		added, err := n.exec(ctx, "INSERT INTO emojis (id, node_id, host, name, media_id, updated_at) VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING",
			id, n.node, e.Host, e.Name, e.Media.ID, ms(e.UpdatedAt))
		if err != nil || added == 1 {
			return err
		}
		if _, err := n.Emoji(ctx, e.Host, e.Name); !errors.Is(err, parvis.ErrNotFound) {
			return err // another worker was faster
		}
	}
}
