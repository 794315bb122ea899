package app

import (
	"context"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/go-webauthn/webauthn/protocol"
	"github.com/go-webauthn/webauthn/webauthn"

	"github.com/parvis-coop/parvis/internal/parvis"
	"github.com/parvis-coop/parvis/storage"
)

// passkeyLife is how long a browser's owner may look for their passkey.
const passkeyLife = 5 * time.Minute

// A Challenge is what a browser has its owner's device sign.
type Challenge struct {
	Ticket  string          // comes back with what was signed; good once
	Options json.RawMessage // for the browser (https://www.w3.org/TR/webauthn-3/#sctn-parseCreationOptionsFromJSON)
}

// A Signed is a browser's answer to a challenge.
type Signed struct {
	Ticket     string
	Credential string // as the browser says it, in JSON (https://www.w3.org/TR/webauthn-3/#dom-publickeycredential-tojson)
}

// Passkeys lists a resident's passkeys.
func (a *App) Passkeys(ctx context.Context, n *parvis.Node, g Guest) ([]*parvis.Passkey, error) {
	return a.node(n).Passkeys(ctx, g.Viewer.ID())
}

// AskNewPasskey begins to give a resident a passkey: their device is to make one.
func (a *App) AskNewPasskey(ctx context.Context, n *parvis.Node, g Guest) (Challenge, error) {
	if err := a.fresh(g); err != nil {
		return Challenge{}, err
	}
	if err := a.attempt(ctx, n, passkeyLimit, g.Viewer.ID().String()); err != nil {
		return Challenge{}, err
	}
	keys, err := a.Passkeys(ctx, n, g)
	if err != nil {
		return Challenge{}, err
	}
	node, err := relyingParty(n)
	if err != nil {
		return Challenge{}, err
	}
	owner := ownerOf(g.Viewer.Account, keys...)
	options, asked, err := node.BeginRegistration(owner, webauthn.WithExclusions(webauthn.Credentials(owner.keys).CredentialDescriptors()))
	if err != nil {
		return Challenge{}, err
	}
	return a.challenge(ctx, n, g.Viewer.ID(), asked, options.Response)
}

// AddPasskey gives a resident the passkey that their device has made.
func (a *App) AddPasskey(ctx context.Context, n *parvis.Node, g Guest, s Signed, name string) error {
	if err := a.fresh(g); err != nil {
		return err
	}
	name, err := parvis.CleanPasskeyName(name)
	if err != nil {
		return err
	}
	asked, err := a.asked(ctx, n, g.Viewer.ID(), s.Ticket)
	if err != nil {
		return err
	}
	made, err := madeKey(n, ownerOf(g.Viewer.Account), asked, s.Credential)
	if err != nil {
		return wrongKey(err)
	}
	k := &parvis.Passkey{AccountID: g.Viewer.ID(), Credential: made.ID, PublicKey: made.PublicKey, SignCount: made.Authenticator.SignCount,
		Flags: byte(made.Flags.ProtocolValue()), Name: name, CreatedAt: a.Now()}
	return a.inTx(ctx, n, func(ctx context.Context, t *storage.Tx) error {
		keys, err := t.Passkeys(ctx, k.AccountID)
		if err != nil {
			return err
		}
		if len(keys) >= parvis.MaxPasskeys {
			return parvis.Invalid("passkey", "passkey.many", "Max", parvis.MaxPasskeys)
		}
		if err := t.AddPasskey(ctx, k); err != nil {
			return taken(err, "passkey", "passkey.known")
		}
		return a.tellOwner(ctx, t, g.Login, parvis.ChangedPasskey)
	})
}

// RemovePasskey takes one of a resident's passkeys from them.
func (a *App) RemovePasskey(ctx context.Context, n *parvis.Node, g Guest, id parvis.ID) error {
	if err := a.fresh(g); err != nil {
		return err
	}
	return a.inTx(ctx, n, func(ctx context.Context, t *storage.Tx) error {
		if err := t.DropPasskey(ctx, g.Viewer.ID(), id); err != nil {
			return err
		}
		return a.tellOwner(ctx, t, g.Login, parvis.ChangedNoPasskey)
	})
}

// AskPasskey begins to let somebody in by a passkey: nobody says yet whose.
func (a *App) AskPasskey(ctx context.Context, n *parvis.Node, b parvis.Browser) (Challenge, error) {
	if err := a.attempt(ctx, n, signInAddrLimit, b.Addr); err != nil {
		return Challenge{}, err
	}
	node, err := relyingParty(n)
	if err != nil {
		return Challenge{}, err
	}
	options, asked, err := node.BeginDiscoverableLogin(webauthn.WithUserVerification(protocol.VerificationRequired))
	if err != nil {
		return Challenge{}, err
	}
	return a.challenge(ctx, n, 0, asked, options.Response)
}

// EnterByPasskey lets the owner of the passkey in that signed a challenge.
func (a *App) EnterByPasskey(ctx context.Context, n *parvis.Node, s Signed, b parvis.Browser) (parvis.Entrance, error) {
	if err := a.attempt(ctx, n, signInAddrLimit, b.Addr); err != nil {
		return parvis.Entrance{}, err
	}
	asked, err := a.asked(ctx, n, 0, s.Ticket)
	if err != nil {
		return parvis.Entrance{}, err
	}
	signed, err := protocol.ParseCredentialRequestResponseBytes([]byte(s.Credential))
	if err != nil {
		return parvis.Entrance{}, wrongKey(err)
	}
	k, err := a.node(n).Passkey(ctx, signed.RawID)
	if errors.Is(err, parvis.ErrNotFound) {
		return parvis.Entrance{}, parvis.Invalid("passkey", "passkey.unknown")
	}
	if err != nil {
		return parvis.Entrance{}, err
	}
	if err := usedKey(n, k, asked, signed); err != nil {
		return parvis.Entrance{}, err
	}
	login, err := a.node(n).Login(ctx, k.AccountID)
	if err != nil {
		return parvis.Entrance{}, err
	}
	err = a.inTx(ctx, n, func(ctx context.Context, t *storage.Tx) error {
		return taken(t.UsePasskey(ctx, k, a.Now()), "passkey", "passkey.copied")
	})
	if err != nil {
		return parvis.Entrance{}, err
	}
	return a.enter(ctx, n, login, parvis.ByPasskey, b)
}

// challenge keeps what a device is asked until its answer comes. subject is who is to
// get a passkey, or 0 for whoever comes in.
func (a *App) challenge(ctx context.Context, n *parvis.Node, subject parvis.ID, asked *webauthn.SessionData, options any) (Challenge, error) {
	data, err := json.Marshal(asked)
	if err != nil {
		return Challenge{}, err
	}
	told, err := json.Marshal(options)
	if err != nil {
		return Challenge{}, err
	}
	secret, err := a.issue(ctx, n, &parvis.Ticket{Purpose: parvis.TicketPasskey, Subject: subject, Data: string(data)}, passkeyLife)
	return Challenge{Ticket: secret, Options: told}, err
}

// asked returns what a device was asked. It is used up, whatever the answer is worth:
// nobody tries two.
func (a *App) asked(ctx context.Context, n *parvis.Node, subject parvis.ID, secret string) (webauthn.SessionData, error) {
	var asked webauthn.SessionData
	t, err := a.ticket(ctx, n, secret, parvis.TicketPasskey)
	if err == nil && t.Subject != subject {
		err = parvis.ErrNotFound
	}
	if err == nil {
		err = a.inTx(ctx, n, func(ctx context.Context, tx *storage.Tx) error { return tx.TakeTicket(ctx, hashSecret(secret)) })
	}
	if errors.Is(err, parvis.ErrNotFound) {
		return asked, parvis.Invalid("passkey", "passkey.late")
	}
	if err != nil {
		return asked, err
	}
	return asked, json.Unmarshal([]byte(t.Data), &asked)
}

// madeKey checks what a device said of the key that it made.
func madeKey(n *parvis.Node, owner *keyOwner, asked webauthn.SessionData, answer string) (*webauthn.Credential, error) {
	made, err := protocol.ParseCredentialCreationResponseBytes([]byte(answer))
	if err != nil {
		return nil, err
	}
	// No maker's word was asked for, and none is weighed: most of their forms are long
	// to read. Some devices vouch for themselves all the same.
	formats := []string{string(protocol.AttestationFormatNone), string(protocol.AttestationFormatPacked)}
	if format := made.Response.AttestationObject.Format; !slices.Contains(formats, format) {
		return nil, fmt.Errorf("attestation %q was not asked for", format)
	}
	node, err := relyingParty(n)
	if err != nil {
		return nil, err
	}
	return node.CreateCredential(owner, asked, made)
}

// usedKey checks what a passkey signed and notes in k what its device said.
func usedKey(n *parvis.Node, k *parvis.Passkey, asked webauthn.SessionData, signed *protocol.ParsedCredentialAssertionData) error {
	node, err := relyingParty(n)
	if err != nil {
		return err
	}
	owner := ownerOf(&parvis.Account{ID: k.AccountID}, k)
	used, err := node.ValidateDiscoverableLogin(func(_, _ []byte) (webauthn.User, error) { return owner, nil }, asked, signed)
	if err != nil {
		return wrongKey(err)
	}
	if used.Authenticator.CloneWarning {
		return parvis.Invalid("passkey", "passkey.copied")
	}
	k.SignCount, k.Flags = used.Authenticator.SignCount, byte(used.Flags.ProtocolValue())
	return nil
}

// wrongKey is what a person is told of an answer that does not hold.
func wrongKey(err error) error { return errors.Join(parvis.Invalid("passkey", "passkey.wrong"), err) }

// relyingParty is a node as WebAuthn sees it: its keys are for its host name alone,
// and for pages of its own.
func relyingParty(n *parvis.Node) (*webauthn.WebAuthn, error) {
	if !n.Named() {
		return nil, parvis.ErrNotFound
	}
	life := webauthn.TimeoutConfig{Timeout: passkeyLife} // for the browser; the ticket ends by our clock
	return webauthn.New(&webauthn.Config{
		RPID: n.Hostname(), RPDisplayName: n.Name, RPOrigins: []string{n.Base()},
		AttestationPreference: protocol.PreferNoAttestation,
		// The device knows whose the key is, and makes sure that it is them.
		AuthenticatorSelection: protocol.AuthenticatorSelection{ResidentKey: protocol.ResidentKeyRequirementRequired,
			RequireResidentKey: protocol.ResidentKeyRequired(), UserVerification: protocol.VerificationRequired},
		Timeouts: webauthn.TimeoutsConfig{Login: life, Registration: life},
		// Browsers and what extends them say more than was asked; nothing is done with it.
		ExtensionsUnsolicitedOutputPolicy: protocol.UnsolicitedOutputPolicyIgnore,
	})
}

// A keyOwner is an account as WebAuthn sees it.
type keyOwner struct {
	account *parvis.Account
	keys    []webauthn.Credential
}

func ownerOf(acc *parvis.Account, keys ...*parvis.Passkey) *keyOwner {
	o := &keyOwner{account: acc}
	for _, k := range keys {
		o.keys = append(o.keys, webauthn.Credential{ID: k.Credential, PublicKey: k.PublicKey,
			Flags:         webauthn.NewCredentialFlags(protocol.AuthenticatorFlags(k.Flags)),
			Authenticator: webauthn.Authenticator{SignCount: k.SignCount}})
	}
	return o
}

// WebAuthnID is what devices remember an account by, for ever.
func (o *keyOwner) WebAuthnID() []byte {
	return binary.BigEndian.AppendUint64(nil, uint64(o.account.ID))
}

// WebAuthnName tells a device's owner which of their accounts it is.
func (o *keyOwner) WebAuthnName() string { return o.account.Username }

// WebAuthnDisplayName tells a device's owner whose account it is.
func (o *keyOwner) WebAuthnDisplayName() string { return o.account.Display() }

// WebAuthnCredentials are the keys of the account that matter.
func (o *keyOwner) WebAuthnCredentials() []webauthn.Credential { return o.keys }
