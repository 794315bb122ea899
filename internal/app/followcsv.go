package app

import (
	"bufio"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"strings"

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

// An AccountList is what a file of accounts says.
type AccountList struct {
	Addresses []string // user@host, each once
	Skipped   int      // lines that name no account
}

// ParseAccounts reads a list of accounts in Mastodon's CSV, with the header of its
// export or without one, while it arrives. Columns other than the address ask for what
// there is not here, and are left out.
func ParseAccounts(in io.Reader) (AccountList, error) {
	var list AccountList
	limited := &io.LimitedReader{R: in, N: MaxImportBytes + 1}
	buffered := bufio.NewReader(limited)
	if mark, err := buffered.Peek(3); err == nil && string(mark) == "\uFEFF" {
		_, _ = buffered.Discard(len(mark))
	}
	r := csv.NewReader(buffered)
	r.FieldsPerRecord, r.LazyQuotes, r.TrimLeadingSpace, r.ReuseRecord = -1, true, true, true
	known := make(map[string]bool)
	column := 0
	for first := true; ; first = false {
		record, err := r.Read()
		switch {
		case limited.N == 0 || len(list.Addresses)+list.Skipped > MaxImportLines:
			return AccountList{}, ErrListTooLong
		case errors.Is(err, io.EOF) && len(list.Addresses) == 0:
			return list, ErrListEmpty
		case errors.Is(err, io.EOF):
			return list, nil
		case err != nil:
			return AccountList{}, fmt.Errorf("list of accounts: %w", err)
		}
		if first {
			if i := addressColumn(record); i >= 0 {
				column = i
				continue
			}
		}
		address, ok := "", len(record) > column
		if ok {
			address, ok = readAddress(record[column])
		}
		if !ok || known[address] {
			list.Skipped++
			continue
		}
		known[address] = true
		list.Addresses = append(list.Addresses, address)
	}
}

func addressColumn(record []string) int {
	for i, cell := range record {
		if strings.EqualFold(strings.TrimSpace(cell), accountColumns[0]) {
			return i
		}
	}
	return -1
}

// readAddress reads user@host; the host in the form in which hosts are compared.
func readAddress(cell string) (string, bool) {
	user, host, _ := strings.Cut(strings.TrimPrefix(strings.TrimSpace(cell), "@"), "@")
	host, err := text.Host(host)
	if err != nil || user == "" || len(user) > 128 || strings.ContainsFunc(user, notInUsername) {
		return "", false
	}
	return user + "@" + host, true
}

func notInUsername(c rune) bool {
	return (c < 'a' || c > 'z') && (c < 'A' || c > 'Z') && (c < '0' || c > '9') && !strings.ContainsRune("_.-", c)
}
