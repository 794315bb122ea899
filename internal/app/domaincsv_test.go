package app

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/parvis-coop/parvis/internal/parvis"
)

func TestParseDomains(t *testing.T) {
	for name, c := range map[string]struct {
		file    string
		want    []parvis.DomainRule
		skipped int
	}{
		"Mastodon's export": {"#domain,#severity,#reject_media,#reject_reports,#public_comment,#obfuscate\nspam.example,silence,TRUE,false,\"a \"\"b\"\"\",true\n",
			[]parvis.DomainRule{{Domain: "spam.example", Severity: parvis.Silence, RejectMedia: true, Obfuscate: true, Comment: `a "b"`}}, 0},
		"other columns in another order": {"\uFEFFseverity,public_comment,domain\r\nnoop,x,Spam.Example\r\n",
			[]parvis.DomainRule{{Domain: "spam.example", Severity: parvis.Noop, Comment: "x"}}, 0},
		"one a line": {"spam.example\n*.evil.example\nhttps://bad.example/\n",
			[]parvis.DomainRule{{Domain: "spam.example", Severity: parvis.Suspend}, {Domain: "evil.example", Severity: parvis.Suspend}, {Domain: "bad.example", Severity: parvis.Suspend}}, 0},
		"twice": {"domain,severity,reject_media\nspam.example,silence,true\nSPAM.example,suspend,false\n",
			[]parvis.DomainRule{{Domain: "spam.example", Severity: parvis.Suspend, RejectMedia: true}}, 0},
		"of no use": {"domain,severity\nev*l.example,suspend\nfr,suspend\nspam.example,nuke\nok.example,suspend\n,\n",
			[]parvis.DomainRule{{Domain: "ok.example", Severity: parvis.Suspend}}, 4},
	} {
		got, err := ParseDomains([]byte(c.file), parvis.Suspend)
		if diff := cmp.Diff(c.want, got.Rules); diff != "" || err != nil || got.Skipped != c.skipped {
			t.Errorf("%s: %v, %d skipped, want %d (-want +got):\n%s", name, err, got.Skipped, c.skipped, diff)
		}
	}
	for name, file := range map[string]string{"nothing": "", "a page": "<!DOCTYPE html><title>404</title>", "a header": "#domain,#severity\n"} {
		if _, err := ParseDomains([]byte(file), parvis.Suspend); !errors.Is(err, ErrListEmpty) {
			t.Errorf("%s: %v", name, err)
		}
	}
	var long strings.Builder
	for i := range maxListEntries + 1 {
		fmt.Fprintf(&long, "%d.example\n", i)
	}
	if _, err := ParseDomains([]byte(long.String()), parvis.Suspend); !errors.Is(err, ErrListTooLong) {
		t.Errorf("a long list: %v", err)
	}
}

// FuzzParseDomains: whatever a list says, what is read of it can be written and is
// read the same again.
func FuzzParseDomains(f *testing.F) {
	f.Add([]byte("#domain,#severity,#reject_media,#reject_reports,#public_comment,#obfuscate\nspam.example,silence,true,false,\"a\nb\",true\n"))
	f.Add([]byte("spam.example\n\"a,b\nc"))
	f.Add([]byte("\uFEFFdomain\r\nbesançon.example\r\n"))
	f.Fuzz(func(t *testing.T, raw []byte) {
		list, err := ParseDomains(raw, parvis.Suspend)
		if err != nil {
			return
		}
		var blocks []parvis.DomainRule
		for _, r := range list.Rules {
			if r.Severity != parvis.Allow {
				blocks = append(blocks, r)
			}
		}
		var out bytes.Buffer
		if err := WriteDomains(&out, list.Rules); err != nil {
			t.Fatal(err)
		}
		again, err := ParseDomains(out.Bytes(), parvis.Suspend)
		if err != nil && len(blocks) > 0 || again.Skipped > 0 {
			t.Fatalf("%q: %v, %d skipped", out.Bytes(), err, again.Skipped)
		}
		if diff := cmp.Diff(blocks, again.Rules); diff != "" {
			t.Errorf("(-first +again):\n%s", diff)
		}
	})
}
