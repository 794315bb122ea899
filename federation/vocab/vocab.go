// Package vocab is the one door between Parvis and the JSON of ActivityStreams 2.0.
//
// It reads in three steps, each dearer than the one before, so that most of what
// strangers send is refused at the first:
//
//   - [Scan] walks the received bytes once, enforces limits and extracts an
//     [Envelope]: who says what about which object to whom;
//   - [Parse] gives tolerant accessors over the JSON of an object;
//   - [Object.Validate] asks go-fed/activity whether ActivityStreams knows it,
//     which is demanded of what will be stored.
//
// It writes through plain structs (Actor, Note, Activity …) that [Marshal]
// builds with go-fed/activity and then mends, because that library discards the
// context, flattens one-element arrays and loses contentMap.
//
// It is the only importer of go-fed/activity, none of whose types leave it. It
// decides nothing about trust: who may say what is the business of package
// federation.
package vocab

// Namespaces. An object's "@context" is never processed: terms are recognised by
// their plain names, and what redefines them is ignored.
const (
	// NS is the context URL of ActivityStreams 2.0.
	NS = "https://www.w3.org/ns/activitystreams"
	// SecurityNS is the context URL of the security vocabulary that defines publicKey.
	SecurityNS = "https://w3id.org/security/v1"
	// ParvisNS is the namespace of the terms that no published vocabulary offers.
	ParvisNS = "https://parvis.network/ns#"
)

// Public is the collection that stands for everyone (ActivityPub §5.6).
const Public = NS + "#Public"

// IsPublic tells whether an address is [Public] under one of the three names
// that ActivityPub §5.6 obliges a receiver to accept.
func IsPublic(address string) bool {
	return address == Public || address == "as:Public" || address == "Public"
}

// Media types of ActivityStreams documents (ActivityPub §3.2).
const (
	// MediaType is what Parvis sends.
	MediaType = "application/activity+json"
	// MediaTypeLD is the equivalent that others send; without its profile
	// parameter it is not ActivityStreams.
	MediaTypeLD = `application/ld+json; profile="` + NS + `"`
	// AcceptHeader asks a server for an ActivityStreams document.
	AcceptHeader = MediaType + ", " + MediaTypeLD
)
