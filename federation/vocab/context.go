package vocab

// A Term is one property that Parvis adds to ActivityStreams in its own namespace.
type Term struct {
	Name    string // as written on the wire, with its prefix
	Values  string // what it may hold
	Meaning string
}

// Terms lists every term of the Parvis namespace. FEDERATION.md documents the
// same list, and every node serves it at /ns (see [NamespaceDocument]).
func Terms() []Term {
	return []Term{
		{"parvis:kind", "string", "What the object is to a Parvis node: note, offer, event, debate …"},
		{"parvis:title", "string", "The title of a Note, which others show as its first bold paragraph."},
		{"parvis:status", "open, reserved or closed", "Whether an offer or request can still be answered."},
		{"parvis:sort", "string", "The sort of an offer: object, gift, service, lesson, ride, job, room or other."},
		{"parvis:pausedUntil", "date-time", "Of an actor: what it offers cannot be had before."},
		{"parvis:category", "string", "The category of the node's own list that its author chose."},
	}
}

// jsonLDContext is the value of "@context" in everything Parvis sends. All extension
// terms are inline: a remote context would have to be fetched by those who
// process JSON-LD, and Mastodon, Lemmy and others publish no document for theirs.
func jsonLDContext() []any {
	return []any{NS, SecurityNS, map[string]any{
		// Mastodon: http://joinmastodon.org/ns#, with ActivityStreams terms that
		// never entered its context.
		"toot":                      "http://joinmastodon.org/ns#",
		"Hashtag":                   "as:Hashtag",
		"sensitive":                 "as:sensitive",
		"manuallyApprovesFollowers": "as:manuallyApprovesFollowers",
		"alsoKnownAs":               reference("as:alsoKnownAs"),
		"movedTo":                   reference("as:movedTo"),
		"discoverable":              "toot:discoverable",
		"indexable":                 "toot:indexable",
		"featured":                  reference("toot:featured"),
		"blurhash":                  "toot:blurhash",
		"focalPoint":                map[string]any{"@container": "@list", "@id": "toot:focalPoint"},
		"votersCount":               "toot:votersCount",
		// Threads (FEP-7888 reads context, Mastodon reads conversation).
		"ostatus":      "http://ostatus.org#",
		"conversation": "ostatus:conversation",
		// Groups (FEP-1b12), as Lemmy says of its own.
		"lemmy":                   "https://join-lemmy.org/ns#",
		"postingRestrictedToMods": "lemmy:postingRestrictedToMods",
		// Quotes: FEP-044f, on the interaction policies of GoToSocial.
		"gts":                "https://gotosocial.org/ns#",
		"interactionPolicy":  reference("gts:interactionPolicy"),
		"canQuote":           reference("gts:canQuote"),
		"automaticApproval":  reference("gts:automaticApproval"),
		"interactingObject":  reference("gts:interactingObject"),
		"interactionTarget":  reference("gts:interactionTarget"),
		"QuoteAuthorization": "https://w3id.org/fep/044f#QuoteAuthorization",
		"QuoteRequest":       "https://w3id.org/fep/044f#QuoteRequest",
		// Profile fields.
		"schema":        "http://schema.org#",
		"PropertyValue": "schema:PropertyValue",
		"value":         "schema:value",
		// Ed25519 keys (FEP-521a), and what a server can do (FEP-844e).
		"Multikey":           "sec:Multikey",
		"assertionMethod":    map[string]any{"@id": "sec:assertionMethod", "@type": "@id", "@container": "@set"},
		"controller":         reference("sec:controller"),
		"publicKeyMultibase": map[string]any{"@id": "sec:publicKeyMultibase", "@type": "sec:multibase"},
		"implements":         map[string]any{"@id": "https://w3id.org/fep/844e#implements", "@type": "@id", "@container": "@set"},
		// Offers and requests: FEP-0837 on ValueFlows and the Ontology of Units.
		"vf":                 "https://w3id.org/valueflows/ont/vf#",
		"om2":                "http://www.ontology-of-units-of-measure.org/resource/om-2/",
		"Proposal":           "vf:Proposal",
		"Intent":             "vf:Intent",
		"purpose":            "vf:purpose",
		"publishes":          "vf:publishes",
		"reciprocal":         "vf:reciprocal",
		"unitBased":          "vf:unitBased",
		"action":             "vf:action",
		"resourceConformsTo": reference("vf:resourceConformsTo"),
		"resourceQuantity":   "vf:resourceQuantity",
		"hasUnit":            "om2:hasUnit",
		"hasNumericalValue":  "om2:hasNumericalValue",
		// Ours: the terms are written with the prefix, so the prefix defines them.
		"parvis": ParvisNS,
	}}
}

// reference defines a term whose value is the id of an object.
func reference(id string) map[string]any {
	return map[string]any{"@id": id, "@type": "@id"}
}

// NamespaceDocument is the JSON-LD document that a node serves at /ns: our terms
// with their meaning, for whoever follows [ParvisNS].
func NamespaceDocument() ([]byte, error) {
	var graph []any
	for _, t := range Terms() {
		graph = append(graph, map[string]any{
			"@id":           t.Name,
			"@type":         "rdf:Property",
			"rdfs:comment":  t.Meaning,
			"parvis:values": t.Values,
		})
	}
	prefixes := map[string]any{
		"rdf":    "http://www.w3.org/1999/02/22-rdf-syntax-ns#",
		"rdfs":   "http://www.w3.org/2000/01/rdf-schema#",
		"parvis": ParvisNS,
	}
	return encode(map[string]any{"@context": prefixes, "@graph": graph})
}
