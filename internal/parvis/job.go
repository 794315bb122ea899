package parvis

import "time"

// A Job is durable work: it is stored by the transaction that causes it and
// runs until it succeeds, gives up or is too old. It may run more than once.
type Job struct {
	ID     ID
	NodeID ID
	Kind   JobKind
	// Key makes a job unique while it waits: a second one with the same kind and
	// key is not stored. Empty means no such check.
	Key string
	// Lane orders jobs: one runs only when no earlier job of its lane is left.
	Lane string
	// Host is the remote server that the job talks to, if any; its health decides
	// when the job may run.
	Host      string
	Args      []byte // JSON; its shape belongs to the kind
	Attempt   int    // how often it ran before
	RunAt     time.Time
	CreatedAt time.Time
}

// JobKind names what a job does and which handler runs it.
type JobKind string

// The kinds of jobs, with the type of their Args.
const (
	JobPublish JobKind = "publish" // PublishArgs: say a local post to the network
	JobSay     JobKind = "say"     // SayArgs: say something smaller than a post
	JobDeliver JobKind = "deliver" // DeliverArgs: post one activity to one inbox
	JobInbox   JobKind = "inbox"   // InboxArgs: digest an activity that was accepted
	JobHome    JobKind = "home"    // HomeArgs: write a post to its readers' homes
	JobPicture JobKind = "picture" // PictureArgs: fetch the copy of a remote picture
	JobPartner JobKind = "partner" // PartnerArgs: find another node and ask it
	JobThread  JobKind = "thread"  // ThreadArgs: fetch what a post answers
	JobFill    JobKind = "fill"    // FillArgs: fetch what a conversation lacks
	JobPins    JobKind = "pins"    // PinsArgs: fetch the posts that an account pinned
	JobFollows JobKind = "follows" // FollowsArgs: find out who of us follows an account
	JobQuote   JobKind = "quote"   // QuoteArgs: verify that a post may quote another
	JobMail    JobKind = "mail"    // MailArgs: write to somebody by mail
	JobDomains JobKind = "domains" // DomainsArgs: make stored accounts obey the rules about their servers
	JobList    JobKind = "list"    // ListArgs: read a shared list of domains
	JobRelay   JobKind = "relay"   // RelayArgs: find a relay and ask it, or leave it
	JobMove    JobKind = "move"    // MoveArgs: make those here who follow an account follow another
	JobImport  JobKind = "import"  // ImportArgs: follow or block the next accounts of a list
	JobEnd     JobKind = "end"     // EndArgs: tell those concerned that a question is over
	JobLast    JobKind = "last"    // LastArgs: ask the author of an offer that ends soon whether it is still true
	JobSettle  JobKind = "settle"  // SettleArgs: ask the author of an offer that seems done whether it is
	JobEndless JobKind = "endless" // EndlessArgs: let offers end that were published when none did
	JobHold    JobKind = "hold"    // HoldArgs: let nothing of somebody end in their pause
	JobCounts  JobKind = "counts"  // CountsArgs: fetch the counts of a question of another server
	JobErase   JobKind = "erase"   // EraseArgs: delete what a deleted account left

	JobLeave   JobKind = "leave"   // LeaveArgs: delete an account whose owner left
	JobArchive JobKind = "archive" // ArchiveArgs: make an archive of an account

	JobUnmute JobKind = "unmute" // UnmuteArgs: end a mute whose time has come

	JobTell JobKind = "tell" // TellArgs: pass a notification on
	JobPush JobKind = "push" // PushArgs: tell a device of a notification
	JobNews JobKind = "news" // NewsArgs: write to somebody what waits for them

	JobWeekly JobKind = "weekly" // WeeklyArgs: write to somebody what is new near them

	JobLinks JobKind = "links" // LinksArgs: see whether the pages that a profile links to link back

	JobSoftware JobKind = "software" // SoftwareArgs: ask a server what it runs
)

// Verb is what a job says about its object.
type Verb string

// The verbs; Undo of each is said by SayArgs.Undo.
const (
	VerbCreate Verb = "create"
	VerbUpdate Verb = "update"
	VerbDelete Verb = "delete"
	VerbFollow Verb = "follow"
	VerbAccept Verb = "accept" // of a follow
	VerbReject Verb = "reject" // of a follow
	VerbLike   Verb = "like"
	VerbShare  Verb = "share"
	VerbBlock  Verb = "block"
	VerbFlag   Verb = "flag"
	VerbPin    Verb = "pin"   // a post to its author's profile
	VerbUnpin  Verb = "unpin" // likewise

	VerbVote  Verb = "vote"
	VerbCount Verb = "count" // the votes in a question, which are told anew

	VerbMove     Verb = "move"     // an account; its followers follow another
	VerbAgree    Verb = "agree"    // that a post is quoted
	VerbDisagree Verb = "disagree" // likewise
	VerbRevoke   Verb = "revoke"   // an agreement
)

// PublishArgs asks to say a post to those who should see it.
type PublishArgs struct {
	Post ID   `json:"post"`
	Verb Verb `json:"verb"` // create, update, count or delete
}

// SayArgs asks to say one thing to one account's server, or, for an update or
// delete of an actor (no Target, no Post), to everyone who knows it.
type SayArgs struct {
	Verb   Verb   `json:"verb"`
	Undo   bool   `json:"undo,omitempty"`
	Actor  ID     `json:"actor"`            // who speaks
	Target ID     `json:"target,omitempty"` // the account that it is said to
	Post   ID     `json:"post,omitempty"`   // the post that it is about
	URI    string `json:"uri,omitempty"`    // of the follow, like or share itself; of the account moved to
	Report ID     `json:"report,omitempty"`
	Stamp  ID     `json:"stamp,omitempty"`  // the consent to a quote
	Quote  string `json:"quote,omitempty"`  // URI of the post that quotes
	Option string `json:"option,omitempty"` // that is voted for
	Widely bool   `json:"widely,omitempty"` // an update of an actor: to every server that we met
}

// DeliverArgs asks to post a stored activity to an inbox.
type DeliverArgs struct {
	Activity ID     `json:"activity"`
	Inbox    string `json:"inbox"`
	Signer   ID     `json:"signer"` // the local account whose key signs
	// Follows: the server is told which followers of the signer we know there.
	Follows bool `json:"follows,omitempty"`
}

// InboxArgs is an activity whose sender was checked.
type InboxArgs struct {
	Signer string `json:"signer"` // URI of the actor whose key signed it
	Body   []byte `json:"body"`   // as received
	// Follows is what was said along with it of who follows the signer, if anything.
	Follows *FollowsClaim `json:"follows,omitempty"`
}

// A FollowsClaim is what the server of an account says of its followers here.
type FollowsClaim struct {
	Digest string `json:"digest"` // of their ids
	URL    string `json:"url"`    // of the list of them
}

// HomeArgs asks to write a post, or somebody's share of it, to readers' homes.
type HomeArgs struct {
	Post   ID `json:"post"`
	Sharer ID `json:"sharer,omitempty"`
	After  ID `json:"after,omitempty"` // the follow of the last reader served by an earlier batch
}

// PictureArgs asks to copy a remote picture: of a post (Media) or of a profile.
type PictureArgs struct {
	Media ID `json:"media"`
}

// PartnerArgs asks to find the node of a host and to tell it our wish.
type PartnerArgs struct {
	Host   string `json:"host"`
	Remove bool   `json:"remove,omitempty"`
	Actor  ID     `json:"actor,omitempty"` // whom to leave, if it was met
}

// ThreadArgs asks to fetch the post that another one answers.
type ThreadArgs struct {
	Post    ID  `json:"post"`
	Depth   int `json:"depth"`
	Fetches int `json:"fetches,omitempty"` // requests that the same cause led to before
}

// FillArgs asks to fetch posts of a conversation that are not known here.
type FillArgs struct {
	Post ID `json:"post"` // one of them
}

// PinsArgs asks to fetch which posts an account of another server pinned.
type PinsArgs struct {
	Account ID `json:"account"`
}

// QuoteArgs asks to verify the consent to a quote.
type QuoteArgs struct {
	Post  ID     `json:"post"`
	Stamp string `json:"stamp"`           // where its post says that it is
	Depth int    `json:"depth,omitempty"` // how many quotes led to the post
}

// FollowsArgs asks to compare who of us follows an account with what its server says.
type FollowsArgs struct {
	Account ID           `json:"account"`
	Claim   FollowsClaim `json:"claim"`
}

// MailArgs asks to write to somebody by mail: to the owner of an account, or to
// whoever reads the mail of an address.
type MailArgs struct {
	About     MailAbout `json:"about"`
	To        ID        `json:"to,omitempty"`        // an account
	Address   string    `json:"address,omitempty"`   // where there is no account, or another address than its own
	Language  string    `json:"language,omitempty"`  // likewise
	Report    ID        `json:"report,omitempty"`    // that waits
	Post      ID        `json:"post,omitempty"`      // that was submitted
	Applicant ID        `json:"applicant,omitempty"` // who is written to, or about whom
	Until     time.Time `json:"until,omitzero"`      // for MailLeaving, when the account is deleted
	Words     string    `json:"words,omitempty"`     // of who decided; for MailChanged, the Change
}

// MailAbout says what a mail is about.
type MailAbout string

// What mails are about. Those to the team come first.
const (
	MailReport     MailAbout = "report"     // a report waits
	MailSubmission MailAbout = "submission" // somebody of another server asks a feed to share a post
	MailApplicant  MailAbout = "applicant"  // somebody asks for an account

	MailConfirm MailAbout = "confirm" // an applicant shows that they read it
	MailKnown   MailAbout = "known"   // somebody asked for an account with an address that has one
	MailPending MailAbout = "pending" // or for which the team was asked already
	MailWelcome MailAbout = "welcome" // the team said yes
	MailRefusal MailAbout = "refusal" // the team said no
	MailLink    MailAbout = "link"    // the owner of an account comes in by it
	MailEmail   MailAbout = "email"   // they show that they read a new address
	MailLeaving MailAbout = "leaving" // they closed their account, and may come back
	MailArchive MailAbout = "archive" // the archive that they asked for is ready
	MailChanged MailAbout = "changed" // what guards their account changed
)

// Change is what changed of what guards an account, for a mail about MailChanged. What
// matters to its owner in case it was not them is here too.
type Change string

// The changes.
const (
	ChangedPassword   Change = "password"
	ChangedEmail      Change = "email"      // the mail address
	ChangedGuarded    Change = "guarded"    // a second factor is asked for
	ChangedUnguarded  Change = "unguarded"  // it is no more
	ChangedReset      Change = "reset"      // likewise, by the team
	ChangedCodes      Change = "codes"      // new recovery codes
	ChangedRecovery   Change = "recovery"   // a recovery code was used
	ChangedTried      Change = "tried"      // somebody knows the password and guesses codes
	ChangedIdentity   Change = "identity"   // another service lets in
	ChangedNoIdentity Change = "noidentity" // it does no more
	ChangedPasskey    Change = "passkey"    // a passkey was added
	ChangedNoPasskey  Change = "nopasskey"  // one was removed
)

// Changes are all there are.
var Changes = []Change{ChangedPassword, ChangedEmail, ChangedGuarded, ChangedUnguarded, ChangedReset, ChangedCodes, ChangedRecovery, ChangedTried, ChangedIdentity, ChangedNoIdentity, ChangedPasskey, ChangedNoPasskey}

// TellArgs asks to pass a notification on by mail and to devices, if it is wanted so.
type TellArgs struct {
	Account      ID    `json:"account"`
	Notification ID    `json:"notification"`
	Topic        Topic `json:"topic"`
}

// PushArgs asks to tell one device of a notification.
type PushArgs struct {
	Account      ID `json:"account"`
	Subscription ID `json:"subscription"`
	Notification ID `json:"notification"`
}

// NewsArgs asks to write to somebody what waits for them.
type NewsArgs struct {
	Account ID `json:"account"`
}

// WeeklyArgs asks to write the weekly letter that comes on a day.
type WeeklyArgs struct {
	Account ID  `json:"account"`
	Day     int `json:"day"` // Monday being 1
}

// LinksArgs asks to look at the pages that a profile links to.
type LinksArgs struct {
	Account ID `json:"account"`
}

// DomainsArgs asks to look at the accounts of other servers after one.
type DomainsArgs struct {
	After ID `json:"after,omitempty"`
}

// ListArgs asks to read a shared list of domains.
type ListArgs struct {
	List ID `json:"list"`
}

// RelayArgs asks to tell a relay our wish.
type RelayArgs struct {
	Relay ID `json:"relay"`
}

// SoftwareArgs asks what a server runs: what it is told must be in a form that it
// understands.
type SoftwareArgs struct {
	Host string `json:"host"`
}

// EraseArgs asks to delete the posts and follows of an account that is deleted.
type EraseArgs struct {
	Account ID `json:"account"`
}

// LeaveArgs asks to delete an account whose owner left, if they did not come back.
type LeaveArgs struct {
	Account ID `json:"account"`
}

// ArchiveArgs asks to make the archive of an account.
type ArchiveArgs struct {
	Account ID `json:"account"`
}

// MoveArgs asks to make those here who follow one account follow another instead.
type MoveArgs struct {
	From ID `json:"from"`
	To   ID `json:"to"`
}

// ImportArgs asks to go on with an import.
type ImportArgs struct {
	Import ID `json:"import"`
}

// UnmuteArgs asks to end a mute, if its time has come.
type UnmuteArgs struct {
	Account ID
	Target  ID
}

// EndArgs asks to tell those who asked or voted in a question that it is over.
type EndArgs struct {
	Post  ID `json:"post"`
	After ID `json:"after,omitempty"` // the last voter who was told
}

// LastArgs asks to ask the author of an offer whether it is still true.
type LastArgs struct {
	Post ID        `json:"post"`
	End  time.Time `json:"end"` // that is meant: with another one, another job waits
}

// SettleArgs asks to ask the author of an offer whether it is done.
type SettleArgs struct {
	Post ID `json:"post"`
}

// EndlessArgs asks to let the offers of a node end that do not.
type EndlessArgs struct {
	After ID `json:"after,omitempty"` // the last one that was looked at
}

// HoldArgs asks to let what somebody offers end after their pause, and to give an end to
// what has none.
type HoldArgs struct {
	Account ID `json:"account"`
	After   ID `json:"after,omitempty"` // the last one that was looked at
}

// CountsArgs asks to fetch the counts of a question in the name of somebody who may see it.
type CountsArgs struct {
	Post ID `json:"post"`
	As   ID `json:"as"`
}

// An Activity is something said to other servers, kept as bytes until all have it.
type Activity struct {
	ID   ID
	Body []byte
}
