package app

import (
	"bufio"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/parvis-coop/parvis/internal/parvis"
	"github.com/parvis-coop/parvis/internal/text"
)

// Bounds of a list of accounts that a resident brings along.
const (
	MaxImportBytes = 2 << 20
	MaxImportLines = 10_000
)

// accountColumns is the header of Mastodon's export of follows. Its export of blocks
// has no header and the first column only.
var accountColumns = []string{"Account address", "Show boosts", "Notify on new posts", "Languages"}

// muteColumn says in Mastodon's export of mutes whether notifications are muted too.
const muteColumn = "Hide notifications"

// An AccountList is what a file of accounts, or of posts, says.
type AccountList struct {
	Kind    parvis.ImportKind   // what its first line shows that it is; empty if it may be several
	Lines   []parvis.ImportLine // each once
	Skipped int                 // lines that name nothing
	Unread  int                 // of these, lines that cannot be read
}

// A columns says where the parts of a line are; -1 where there are none.
type columns struct{ address, notifications int }

// ParseAccounts reads a list in Mastodon's CSV while it arrives, with the header of its
// export or without one. kind is what it is to be read as, if that is known. Columns that
// ask for what there is not here are left out.
func ParseAccounts(kind parvis.ImportKind, in io.Reader) (AccountList, error) {
	var list AccountList
	limited := &io.LimitedReader{R: in, N: MaxImportBytes + 1}
	buffered := bufio.NewReader(limited)
	if mark, err := buffered.Peek(3); err == nil && string(mark) == "\uFEFF" {
		_, _ = buffered.Discard(len(mark))
	}
	r := csv.NewReader(buffered)
	r.FieldsPerRecord, r.LazyQuotes, r.TrimLeadingSpace, r.ReuseRecord = -1, true, true, true
	known := make(map[parvis.ImportLine]bool)
	at := columns{0, -1}
	for first := true; ; first = false {
		record, err := r.Read()
		switch {
		case limited.N == 0 || len(list.Lines)+list.Skipped > MaxImportLines:
			return AccountList{}, ErrListTooLong
		case errors.Is(err, io.EOF) && len(list.Lines) == 0:
			return list, ErrListEmpty
		case errors.Is(err, io.EOF):
			return list, nil
		case err != nil:
			return AccountList{}, fmt.Errorf("list of accounts: %w", err)
		}
		if first {
			list.Kind = recognise(record)
			if kind == "" {
				kind = list.Kind
			}
			if i := column(record, accountColumns[0]); i >= 0 {
				at = columns{i, column(record, muteColumn)}
				continue
			}
		}
		line, ok := readLine(kind, record, at)
		if !ok {
			list.Unread++
		}
		if !ok || known[line] {
			list.Skipped++
			continue
		}
		known[line] = true
		list.Lines = append(list.Lines, line)
	}
}

// recognise tells by its first line what a list is; empty if it may be several.
func recognise(record []string) parvis.ImportKind {
	switch {
	case column(record, muteColumn) >= 0:
		return parvis.ImportMutes
	case column(record, accountColumns[1]) >= 0:
		return parvis.ImportFollows
	case isWebAddress(record[0]):
		return parvis.ImportSaved
	case len(record) == 2:
		if _, named := readAddress(record[1]); named {
			return parvis.ImportLists
		}
	}
	return ""
}

func isWebAddress(cell string) bool {
	return strings.HasPrefix(cell, "https://") || strings.HasPrefix(cell, "http://")
}

// maxPostURI is how long the URI of a post may be, in bytes.
const maxPostURI = 2048

// readLine reads a line of a kind of list.
func readLine(kind parvis.ImportKind, record []string, at columns) (parvis.ImportLine, bool) {
	cell := func(i int) string {
		if i < 0 || i >= len(record) {
			return ""
		}
		return strings.TrimSpace(record[i])
	}
	switch kind {
	case parvis.ImportSaved:
		return parvis.ImportLine{Address: cell(0)}, isWebAddress(cell(0)) && len(cell(0)) <= maxPostURI && utf8.ValidString(cell(0))
	case parvis.ImportLists:
		address, ok := readAddress(cell(1))
		l := parvis.List{Title: cell(0), Replies: parvis.RepliesList}
		return parvis.ImportLine{Address: address, Extra: l.Title}, ok && l.Validate() == nil && utf8.ValidString(l.Title)
	}
	address, ok := readAddress(cell(at.address))
	line := parvis.ImportLine{Address: address}
	if kind == parvis.ImportMutes {
		line.Extra = strconv.FormatBool(!strings.EqualFold(cell(at.notifications), "false")) // as Mastodon takes it
	}
	return line, ok
}

func column(record []string, name string) int {
	return slices.IndexFunc(record, func(cell string) bool { return strings.EqualFold(strings.TrimSpace(cell), name) })
}

// readAddress reads user@host; the host in the form in which hosts are compared.
func readAddress(cell string) (string, bool) {
	user, host, _ := strings.Cut(strings.TrimPrefix(strings.TrimSpace(cell), "@"), "@")
	host, err := text.Host(host)
	if err != nil || user == "" || len(user) > 128 || strings.ContainsFunc(user, notInUsername) {
		return "", false
	}
	return strings.ToLower(user) + "@" + host, true // as handles are compared
}

func notInUsername(c rune) bool {
	return (c < 'a' || c > 'z') && (c < 'A' || c > 'Z') && (c < '0' || c > '9') && !strings.ContainsRune("_.-", c)
}
