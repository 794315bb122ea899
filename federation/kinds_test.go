package federation

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/parvis-coop/parvis/federation/vocab"
	"github.com/parvis-coop/parvis/internal/parvis"
)

// TestEveryKind proves for each kind that it has a codec, that what we send is as
// reviewed, and that another Parvis node reads what was meant.
func TestEveryKind(t *testing.T) {
	if len(codecs) != len(parvis.Kinds) {
		t.Errorf("%d codecs for %d kinds", len(codecs), len(parvis.Kinds))
	}
	marie := sampleMarie()
	for _, kind := range parvis.Kinds {
		t.Run(string(kind), func(t *testing.T) {
			p := samples()[kind]
			if p == nil || p.Kind() != kind {
				t.Fatalf("no sample of kind %s", kind)
			}
			raw, err := vocab.Marshal(sampleUtterance(t, p).note())
			if err != nil {
				t.Fatal(err)
			}
			golden(t, "sent/"+string(kind)+".json", raw)
			o, err := vocab.Parse(raw)
			if err != nil {
				t.Fatal(err)
			}
			if err := o.Validate(); err != nil {
				t.Error(err)
			}
			got, err := readPost(o, p.Author, map[string]*parvis.Account{marie.URI: marie})
			if err != nil {
				t.Fatal(err)
			}
			want := *p
			want.ID, want.Thread = 0, 0 // its own node's
			want.Media = []parvis.Media{{RemoteURL: sampleNode.URL("/media/3f0c/large.jpg"), Description: "La haie", Blurhash: "U9A,}F00~q?b"}}
			if diff := cmp.Diff(&want, got, cmpopts.EquateEmpty()); diff != "" {
				t.Errorf("decode(encode(x)) (-x +got):\n%s", diff)
			}
		})
	}
}

// TestOfferOfOthers: a Note with the terms of FEP-0837 is an offer, whoever wrote
// it; unknown words in it are forgiven.
func TestOfferOfOthers(t *testing.T) {
	for name, tt := range map[string]struct {
		doc  string
		want parvis.Detail
	}{
		"FEP-0837": {`{"id":"https://mitra.example/p/1","type":"Note","content":"<p>Bici</p>","purpose":"request","publishes":{"type":"Intent"}}`,
			&parvis.Offer{Purpose: parvis.PurposeRequest, Sort: parvis.SortOther}},
		"words of tomorrow": {`{"id":"https://vanves.example/p/1","type":"Note","content":"<p>Bici</p>","parvis:kind":"offer","parvis:sort":"animal","parvis:category":"space"}`,
			&parvis.Offer{Purpose: parvis.PurposeOffer, Sort: parvis.SortOther}},
		"kind of tomorrow": {`{"id":"https://vanves.example/p/1","type":"Note","content":"<p>Bici</p>","parvis:kind":"ballot"}`, &parvis.Note{}},
		"purpose alone":    {`{"id":"https://vanves.example/p/1","type":"Note","content":"<p>Bici</p>","purpose":"offer"}`, &parvis.Note{}},
		"not a Note":       {`{"id":"https://vanves.example/p/1","type":"Event","name":"Bici","parvis:kind":"offer"}`, &parvis.Note{}},
	} {
		o, err := vocab.Parse([]byte(tt.doc))
		if err != nil {
			t.Fatal(err)
		}
		p, err := readPost(o, sampleMarie(), nil)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(tt.want, p.Detail); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
		if p.Kind() == parvis.KindOffer && p.Title != "Bici" {
			t.Errorf("%s: title %q", name, p.Title)
		}
	}
}
