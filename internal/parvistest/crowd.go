package parvistest

import (
	"fmt"
	"strings"
	"time"

	"github.com/parvis-coop/parvis/internal/parvis"
)

// A CrowdSize says how much a generated database holds.
type CrowdSize struct{ Posts, Actors, Hosts, Residents int }

// WholeCrowd is the size that the project promises to serve.
var WholeCrowd = CrowdSize{Posts: 1_000_000, Actors: 100_000, Hosts: 5_000, Residents: 20_000}

// Part returns a size so many times smaller.
func (s CrowdSize) Part(by int) CrowdSize {
	return CrowdSize{max(s.Posts/by, 1000), max(s.Actors/by, 400), max(s.Hosts/by, 100), max(s.Residents/by, 300)}
}

// Numbers of the first row of each sort; rows are numbered from 1.
const (
	FirstResident = 1 << 20
	FirstActor    = 1 << 24
	CrowdFeed     = FirstResident + 1 // whom every resident follows
	postInterval  = 90_000            // milliseconds between posts: 1,000,000 are three years
)

// A Crowd fills the database of a node with people by few statements, the same
// every time. Every resident follows the feed and 19 accounts; one post in twenty
// is a resident's offer, which the feed shares; three of ten are answers. One
// delivery per twenty posts waits until ten hours after the last post.
type Crowd struct {
	CrowdSize
	Node parvis.ID
	Last time.Time // when the last post was published

	// Exec runs a statement in a transaction of its own.
	Exec func(statement string) error

	err error // of the first statement that failed
}

// PostID returns the id of a post by its number.
func (c *Crowd) PostID(i int) parvis.ID {
	return parvis.FirstID(c.Last) - parvis.ID((c.Posts-i)*postInterval)<<16
}

// postSQL is the same as an expression of SQL.
func (c *Crowd) postSQL(number string) string {
	return fmt.Sprintf("(%d - (%d - (%s)) * %d)", int64(parvis.FirstID(c.Last)), c.Posts, number, postInterval<<16)
}

// Fill fills the database, which holds the node already.
func (c *Crowd) Fill() error {
	c.fillPeople()
	c.fillPosts()
	c.fillWords()
	c.fillFollows()
	c.fillLists()
	c.fillTalks()
	c.fillRest()
	return c.err
}

// Patient makes the driver of PostgreSQL wait for what takes long on a million rows.
func Patient(address string) string {
	if strings.HasPrefix(address, "sqlite:") {
		return address
	}
	return address + "&read_timeout=15m"
}

// crowdChunk is how many rows one transaction stores: neither engine likes long ones.
const crowdChunk = 10_000

// fill runs an INSERT for the numbers from 1 to count, in chunks.
func (c *Crowd) fill(count int, insert, selected string) {
	if !strings.Contains(selected, " WHERE ") {
		selected += " WHERE TRUE" // else SQLite takes ON for a part of FROM
	}
	for from := 1; from <= count && c.err == nil; from += crowdChunk {
		c.err = c.Exec(insert + countSQL(from, min(from+crowdChunk-1, count)) + selected + " ON CONFLICT DO NOTHING")
	}
}

// countSQL counts from one number to another, in both engines' SQL.
func countSQL(from, to int) string {
	return fmt.Sprintf("WITH RECURSIVE n(i) AS (SELECT CAST(%d AS BIGINT) UNION ALL SELECT i + 1 FROM n WHERE i < %d) ", from, to)
}

func quoted(s string) string { return "'" + s + "'" }

func (c *Crowd) fillPeople() {
	accounts := `INSERT INTO accounts (id, node_id, handle, username, domain, type, feed, name, bio, bio_html, quarter, avatar_id, locked, fields_json,
		uri, url, inbox, shared_inbox, outbox, followers_uri, following_uri, key_id, public_key, followers, following, posts, created_at, updated_at,
		fetched_at, suspended_at, deleted_at) `
	c.fill(c.Residents, accounts, fmt.Sprintf(`SELECT %d + i, %d, 'hab' || i, 'hab' || i, '', 'Person', '', 'Habitant ' || i, '', '', '', 0, FALSE, '[]',
		'https://malakoff.example/@hab' || i, '', '', '', '', '', '', 'https://malakoff.example/@hab' || i || '#key', '', 0, 19, 0, 0, 0, 0, 0, 0 FROM n`, FirstResident, c.Node))
	c.fill(c.Residents, "INSERT INTO logins (account_id, node_id, email, password_hash, role, language, created_at, last_seen_at) ",
		fmt.Sprintf("SELECT %d + i, %d, 'hab' || i || '@courriel.example', '', 'resident', 'fr', 0, %d FROM n", FirstResident, c.Node, c.Last.UnixMilli()))
	c.fillDoors()
	c.fill(c.Actors, accounts, fmt.Sprintf(`SELECT %d + i, %d, 'a' || i || '@h' || (i %% %d) || '.example', 'a' || i, 'h' || (i %% %[3]d) || '.example', 'Person', '', 'Voisine ' || i,
		'', '<p>Bonjour</p>', '', 0, FALSE, '[]', 'https://h' || (i %% %[3]d) || '.example/users/a' || i, '', 'https://h' || (i %% %[3]d) || '.example/users/a' || i || '/inbox',
		'https://h' || (i %% %[3]d) || '.example/inbox', '', '', '', 'https://h' || (i %% %[3]d) || '.example/users/a' || i || '#key', %[4]s,
		5, 5, 5, 0, 0, %[5]d, 0, 0 FROM n`, FirstActor, c.Node, c.Hosts, quoted(strings.Repeat("k", 450)), c.Last.UnixMilli()))
}

// fillDoors lets every resident be found by what they can do, and fills what people
// come in by. As many more ask for an account.
func (c *Crowd) fillDoors() {
	c.fill(c.Residents, "INSERT INTO profiles (account_id, node_id, languages_json, skills_for, links_json, links_for) ",
		fmt.Sprintf(`SELECT %d + i, %d, '["fr"]', 'everyone', '[]', 'everyone' FROM n`, FirstResident, c.Node))
	for role, tag := range map[string]string{"offers": "'s' || (i % 50)", "seeks": "'s' || ((i + 7) % 50)", "speaks": "'fr'"} {
		c.fill(c.Residents, "INSERT INTO profile_tags (account_id, role, tag, node_id, name, audience, position) ",
			fmt.Sprintf("SELECT %d + i, '%s', %s, %d, '', 'everyone', 0 FROM n", FirstResident, role, tag, c.Node))
	}
	c.fill(c.Residents, "INSERT INTO sessions (hash, node_id, account_id, created_at, used_at, expires_at) ",
		fmt.Sprintf("SELECT 's' || i, %d, %d + i, %[3]d, %[3]d, %[3]d FROM n", c.Node, FirstResident, c.Last.AddDate(0, 2, 0).UnixMilli()))
	c.fill(c.Residents, "INSERT INTO tickets (hash, node_id, purpose, subject, data, expires_at) ",
		fmt.Sprintf("SELECT 't' || i, %d, 'link', %d + i, '', %d FROM n", c.Node, FirstResident, c.Last.AddDate(0, 2, 0).UnixMilli()))
	c.fill(c.Residents, "INSERT INTO identities (node_id, issuer, identity, account_id, created_at) ",
		fmt.Sprintf("SELECT %d, 'https://idp.example', 'i' || i, %d + i, 0 FROM n", c.Node, FirstResident))
	c.fill(c.Residents, "INSERT INTO recovery_codes (account_id, hash) ", fmt.Sprintf("SELECT %d + i, 'c' || i FROM n", FirstResident))
	c.fill(c.Residents, `INSERT INTO applicants (id, node_id, username, email, name, reason, language, password_hash, issuer, identity, stated_age, charter,
		invitation, confirmed_at, created_at) `, fmt.Sprintf("SELECT i, %d, 'p' || i, 'p' || i || '@courriel.example', '', '', 'fr', '', '', '', 15, 0, 0, i %% 2, %d FROM n", c.Node, c.Last.UnixMilli()))
	c.fill(c.Residents, "INSERT INTO invitations (id, node_id, code, note, made_by, uses, max_uses, created_at, expires_at) ",
		fmt.Sprintf("SELECT i, %d, 'c' || i, '', 0, 0, 9, 0, %d FROM n", c.Node, c.Last.AddDate(0, 2, 0).UnixMilli()))
	if c.err == nil {
		c.err = c.Exec(fmt.Sprintf("UPDATE accounts SET listed = 'everyone' WHERE id > %d AND id <= %d", FirstResident, FirstResident+c.Residents))
	}
}

func (c *Crowd) fillPosts() {
	author := fmt.Sprintf("CASE WHEN i %% 20 = 0 THEN %d + 1 + (i * 7919) %% %d ELSE %d + 1 + (i * 7919) %% %d END", FirstResident, c.Residents, FirstActor, c.Actors)
	answers := "i % 10 IN (1, 2, 3) AND i > 60"
	parent := c.postSQL("i - i % 10 - 10 * ((i * 31) % 5)")
	c.fill(c.Posts, `INSERT INTO posts (id, node_id, author_id, kind, uri, url, title, source, html, warning, sensitive, language, audience, state, reply_to,
		reply_to_uri, thread, place_json, ends_at, tags_json, replies, likes, shares, local, listed, published_at, edited_at, deleted_at, stored_at) `,
		fmt.Sprintf(`SELECT %[1]s, %[2]d, %[3]s, CASE WHEN i %% 20 = 0 THEN 'offer' ELSE 'note' END, 'https://h' || (i %% %[4]d) || '.example/posts/' || i, '', 'Titre ' || i, '', %[5]s, '', FALSE, 'fr',
		'everyone', 'open', CASE WHEN %[6]s THEN %[7]s ELSE 0 END, CASE WHEN %[6]s THEN 'https://x.example/' ELSE '' END, CASE WHEN %[6]s THEN %[7]s ELSE %[1]s END,
		'', 0, '[]', 0, 0, 0, i %% 20 = 0, NOT (%[6]s), %[1]s / 65536, 0, 0, CASE WHEN i %% 20 = 0 THEN 0 ELSE %[1]s / 65536 END FROM n`,
			c.postSQL("i"), c.Node, author, c.Hosts, quoted("<p>"+strings.Repeat("Je prête ma perceuse à percussion. ", 8)+"</p>"), answers, parent))
	c.fill(c.Posts/20, "INSERT INTO offers (post_id, node_id, purpose, sort, category) ", fmt.Sprintf("SELECT %s, %d, 'offer', 'object', '' FROM n", c.postSQL("i * 20"), c.Node))
	c.fill(c.Posts/20, "INSERT INTO shares (id, node_id, account_id, post_id, uri) ", fmt.Sprintf("SELECT %[1]s + 1, %[2]d, %[3]d, %[1]s, 'https://malakoff.example/s/' || i FROM n", c.postSQL("i * 20"), c.Node, CrowdFeed))
	c.fill(c.Posts/5, "INSERT INTO post_tags (node_id, tag, post_id) ", fmt.Sprintf("SELECT %d, 't' || (i %% 1000), %s FROM n", c.Node, c.postSQL("i * 5")))
	c.fill(c.Posts/5, "INSERT INTO media (id, node_id, account_id, post_id, position, description, blurhash, remote_url, renditions_json, content) ",
		fmt.Sprintf("SELECT i, %d, %d, %s, 0, 'Une perceuse', 'LEHV6nWB2yk8pyo0adR*.7kCMdnj', 'https://x.example/' || i, '[]', '' FROM n", c.Node, FirstActor, c.postSQL("i * 5 - 1")))
	c.fill(c.Posts/4, "INSERT INTO likes (id, node_id, account_id, post_id, uri) ", fmt.Sprintf("SELECT i, %d, %d + 1 + i %% %d, %s, 'https://x.example/likes/' || i FROM n", c.Node, FirstResident, c.Residents, c.postSQL("i * 4")))
}

// fillWords lets posts be found: all by "perceux", one in ten, a hundred, a thousand by
// "dix7", "cent7", "mil7", and 400 in a row, of which 20 are offers, by "rue7". Who is
// not a resident is found by their name.
func (c *Crowd) fillWords() {
	const words = "INSERT INTO search_words (node_id, shelf, word, item_id, weight) "
	for _, word := range []string{"'cent' || (i % 100)", "'dix' || (i / 20 % 10)", "'mil' || (i % 1000)", "'perceux'", "'rue' || (i / 400)"} {
		c.fill(c.Posts, words, fmt.Sprintf("SELECT %d, CASE WHEN i %% 20 = 0 THEN 'offer' ELSE 'note' END, %s, %s, 1 + i %% 4 FROM n", c.Node, word, c.postSQL("i")))
	}
	c.fill(c.Posts, "INSERT INTO search_items (sort, item_id, shelf, node_id, words) ",
		fmt.Sprintf("SELECT 'post', %s, CASE WHEN i %% 20 = 0 THEN 'offer' ELSE 'note' END, %d, '1:perceux' FROM n", c.postSQL("i"), c.Node))
	for _, word := range []string{"'voisine'", "'a' || i"} {
		c.fill(c.Actors, words, fmt.Sprintf("SELECT %d, 'residents', %s, %d + i, 4 FROM n", c.Node, word, FirstActor))
	}
}

func (c *Crowd) fillFollows() {
	insert := "INSERT INTO follows (id, node_id, follower_id, followed_id, uri, accepted, created_at, reader) "
	c.fill(c.Residents-1, insert, fmt.Sprintf("SELECT i + 1, %d, %d + i + 1, %d, '', TRUE, 0, TRUE FROM n", c.Node, FirstResident, CrowdFeed))
	c.fill(c.Residents*19, insert, fmt.Sprintf(`SELECT i + 10000000, %d, %d + 1 + i / 19 %% %[3]d, CASE WHEN i %% 2 = 0 THEN %[2]d + 2 + (i * 53) %% (%[3]d - 1) ELSE %[4]d + 1 + (i * 37) %% %[5]d END,
		'', TRUE, 0, TRUE FROM n`, c.Node, FirstResident, c.Residents, FirstActor, c.Actors))
	// A hundred hosts follow the second resident, all hosts the third.
	c.fill(100, insert, fmt.Sprintf("SELECT i + 50000000, %d, %d + i, %d, '', TRUE, 0, FALSE FROM n", c.Node, FirstActor, FirstResident+2))
	c.fill(c.Actors, insert, fmt.Sprintf("SELECT i + 60000000, %d, %d + i, %d, '', TRUE, 0, FALSE FROM n", c.Node, FirstActor, FirstResident+3))
	if c.err == nil {
		c.err = c.Exec(`INSERT INTO sources (account_id, node_id, readers, way)
			SELECT followed_id, node_id, COUNT(*), CASE WHEN COUNT(*) > 200 THEN 'merged' ELSE 'written' END
			FROM follows WHERE reader AND accepted GROUP BY followed_id, node_id ON CONFLICT DO NOTHING`)
	}
}

// fillLists lets every resident keep posts, sort whom they follow in a list, and mute
// somebody.
func (c *Crowd) fillLists() {
	c.fill(c.Residents*5, "INSERT INTO bookmarks (account_id, post_id, node_id, id) ", fmt.Sprintf("SELECT %d + 1 + i %% %d, %s, %d, i FROM n",
		FirstResident, c.Residents, c.postSQL(fmt.Sprintf("1 + (i * 7919) %% %d", c.Posts)), c.Node))
	c.fill(c.Residents, "INSERT INTO mutes (account_id, target_id, node_id, id, notifications, until) ",
		fmt.Sprintf("SELECT %d + i, %d + 1 + (i * 31) %% %d, %d, i, TRUE, 0 FROM n", FirstResident, FirstActor, c.Actors, c.Node))
	c.fill(c.Residents, "INSERT INTO lists (id, node_id, account_id, title, replies, created_at) ",
		fmt.Sprintf("SELECT i, %d, %d + i, 'Voisins', 'list', 0 FROM n", c.Node, FirstResident))
	if c.err == nil {
		c.err = c.Exec(`INSERT INTO list_members (list_id, account_id, id) SELECT l.id, f.followed_id, f.id FROM lists l
			JOIN follows f ON f.follower_id = l.account_id WHERE f.accepted ON CONFLICT DO NOTHING`)
	}
}

// fillTalks makes every tenth post a message. Five are a conversation of two residents.
func (c *Crowd) fillTalks() {
	last := c.postSQL("i * 50")
	c.fill(c.Posts/50, "INSERT INTO conversations (id, node_id, subject, people, size) ", fmt.Sprintf("SELECT i, %d, %s, 'p' || i, 2 FROM n", c.Node, c.postSQL("i * 20")))
	for person, seen := range []string{"0", last} {
		c.fill(c.Posts/50, "INSERT INTO participants (conversation_id, account_id, node_id, subject, latest, seen, muted, listed) ",
			fmt.Sprintf("SELECT i, %d + 1 + (i * 7 + %d) %% %d, %d, %s, %s, CASE WHEN i %% 2 = 0 THEN %s ELSE %[6]s END, FALSE, TRUE FROM n", FirstResident, person, c.Residents, c.Node, c.postSQL("i * 20"), last, seen))
	}
	c.fill(c.Posts/10, "INSERT INTO messages (post_id, conversation_id, place, strangers) ", fmt.Sprintf("SELECT %[1]s, (i - 1) / 5 + 1, %[1]s, 0 FROM n", c.postSQL("i * 10")))
}

func (c *Crowd) fillRest() {
	recent := min(c.Posts, 5000) // homes hold what is new
	c.fill(c.Residents*50, "INSERT INTO home (account_id, post_id, id, sharer_id) ", fmt.Sprintf("SELECT %d + 1 + i / 50, %[2]s, %[2]s, 0 FROM n WHERE i / 50 < %[3]d",
		FirstResident, c.postSQL(fmt.Sprintf("%d - (i * 7919) %% %d", c.Posts, recent)), c.Residents))
	c.fill(c.Posts/5, "INSERT INTO notifications (id, node_id, account_id, type, from_id, post_id, seen) ",
		fmt.Sprintf("SELECT %d + i, %d, %d + 1 + (i * 7) %% %d, 'favourite', %d + 1 + i %% %d, %s, TRUE FROM n", parvis.FirstID(c.Last.AddDate(0, -1, 0)), c.Node, FirstResident, c.Residents, FirstActor, c.Actors, c.postSQL("i * 5")))
	c.fill(c.Posts/2, "INSERT INTO received (node_id, uri, received_at) ", fmt.Sprintf("SELECT %d, 'https://h' || (i %% %d) || '.example/activities/' || i, %d FROM n", c.Node, c.Hosts, c.Last.UnixMilli()))
	c.fill(c.Posts/20, "INSERT INTO jobs (id, node_id, kind, key, lane, host, args_json, attempt, run_at, error, created_at, state, turn) ",
		fmt.Sprintf("SELECT i, %d, 'deliver', '', '', 'h' || (i %% %d) || '.example', '{}', 1, %d, '', 0, 1, 0 FROM n", c.Node, c.Hosts, c.Last.Add(10*time.Hour).UnixMilli()))
}
