package app

import (
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/parvis-coop/parvis/internal/parvis"
	"github.com/parvis-coop/parvis/internal/text"
)

// Bounds of a list of domains.
const (
	MaxListBytes   = 4 << 20
	maxListEntries = 20_000
)

// Reasons why a list is not used at all.
var (
	ErrListTooLong = errors.New("the list is too long")
	ErrListEmpty   = errors.New("the list names no domain")
)

// A DomainList is what a file of domains says.
type DomainList struct {
	Rules   []parvis.DomainRule
	Skipped int // lines that name no domain, or ask for what there is not
}

// The columns of Mastodon's export of blocks, in its order. Its export of allowed
// domains has the first one only.
var listColumns = []string{"#domain", "#severity", "#reject_media", "#reject_reports", "#public_comment", "#obfuscate"}

// ParseDomains reads a list of domains in Mastodon's CSV, with the header of its
// export or without the "#"; or with one domain a line and no header, which means
// otherwise. What cannot be used is counted; two lines about a domain are the
// stricter of the two.
func ParseDomains(raw []byte, otherwise parvis.Severity) (DomainList, error) {
	var list DomainList
	if len(raw) > MaxListBytes {
		return list, ErrListTooLong
	}
	r := csv.NewReader(bytes.NewReader(bytes.TrimPrefix(raw, []byte("\uFEFF"))))
	r.FieldsPerRecord, r.LazyQuotes, r.TrimLeadingSpace, r.ReuseRecord = -1, true, true, true
	columns := map[string]int{"domain": 0}
	byDomain := make(map[string]int)
	for first := true; ; first = false {
		record, err := r.Read()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return list, fmt.Errorf("%w: %w", ErrListEmpty, err)
		}
		if first && isHeader(record) {
			columns = headerColumns(record)
			continue
		}
		rule, ok := readRule(record, columns, otherwise)
		if !ok {
			list.Skipped++
			continue
		}
		if i, known := byDomain[rule.Domain]; known {
			list.Rules[i] = stricter(list.Rules[i], rule)
			continue
		}
		if len(list.Rules) == maxListEntries {
			return DomainList{}, ErrListTooLong
		}
		byDomain[rule.Domain] = len(list.Rules)
		list.Rules = append(list.Rules, rule)
	}
	if len(list.Rules) == 0 {
		return list, ErrListEmpty
	}
	return list, nil
}

func columnName(cell string) string {
	return strings.ToLower(strings.TrimPrefix(strings.TrimSpace(cell), "#"))
}

func isHeader(record []string) bool {
	for _, cell := range record {
		if columnName(cell) == "domain" {
			return true
		}
	}
	return false
}

func headerColumns(record []string) map[string]int {
	columns := make(map[string]int, len(record))
	for i, cell := range record {
		columns[columnName(cell)] = i
	}
	return columns
}

// readRule reads a line. Names that are partly hidden ("ev*l.example") and those of
// whole countries are of no use.
func readRule(record []string, columns map[string]int, otherwise parvis.Severity) (parvis.DomainRule, bool) {
	cell := func(name string) string {
		if i, ok := columns[name]; ok && i < len(record) {
			return strings.TrimSpace(record[i])
		}
		return ""
	}
	domain, err := text.Domain(cell("domain"))
	if err != nil || text.Shared(domain) {
		return parvis.DomainRule{}, false
	}
	r := parvis.DomainRule{Domain: domain, Severity: otherwise, RejectMedia: isTrue(cell("reject_media")),
		RejectReports: isTrue(cell("reject_reports")), Obfuscate: isTrue(cell("obfuscate")), Comment: text.Excerpt(cell("public_comment"), parvis.MaxComment)}
	if severity := cell("severity"); severity != "" {
		r.Severity = parvis.Severity(strings.ToLower(severity))
	}
	return r, r.Severity.Valid() && utf8.ValidString(r.Comment)
}

func isTrue(cell string) bool { return strings.EqualFold(cell, "true") || cell == "1" }

// stricter joins two rules about one domain.
func stricter(a, b parvis.DomainRule) parvis.DomainRule {
	if a.Severity.StricterThan(b.Severity) {
		b.Severity, b.Comment = a.Severity, a.Comment
	}
	b.RejectMedia, b.RejectReports, b.Obfuscate = a.RejectMedia || b.RejectMedia, a.RejectReports || b.RejectReports, a.Obfuscate || b.Obfuscate
	return b
}

// WriteDomains writes rules in Mastodon's CSV. Domains that are allowed have a list
// of their own there, which [WriteAllowed] writes.
func WriteDomains(w io.Writer, rules []parvis.DomainRule) error {
	c := csv.NewWriter(w)
	if err := c.Write(listColumns); err != nil {
		return err
	}
	for _, r := range rules {
		if r.Severity == parvis.Allow {
			continue
		}
		err := c.Write([]string{r.Domain, string(r.Severity), strconv.FormatBool(r.RejectMedia), strconv.FormatBool(r.RejectReports),
			r.Comment, strconv.FormatBool(r.Obfuscate)})
		if err != nil {
			return err
		}
	}
	c.Flush()
	return c.Error()
}

// WriteAllowed writes the domains that are allowed, in Mastodon's CSV.
func WriteAllowed(w io.Writer, rules []parvis.DomainRule) error {
	c := csv.NewWriter(w)
	if err := c.Write(listColumns[:1]); err != nil {
		return err
	}
	for _, r := range rules {
		if r.Severity != parvis.Allow {
			continue
		}
		if err := c.Write([]string{r.Domain}); err != nil {
			return err
		}
	}
	c.Flush()
	return c.Error()
}
