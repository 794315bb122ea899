package federation

import (
	"crypto/sha256"
	"sync"
	"time"
)

// A ReplayMemory remembers the signatures of accepted requests for as long as
// their dates stay acceptable, so that a copy of a request is told from the
// original. It is for POST only: a server that asks twice within a second for the
// same page signs the same text, and RSA signatures have nothing random.
//
// It is bounded: two generations of equal size, of which the older is forgotten
// when the younger is full or as old as a signature may become.
type ReplayMemory struct {
	mu       sync.Mutex
	size     int
	young    map[replayKey]struct{}
	old      map[replayKey]struct{}
	youngest time.Time // when young was begun
}

type replayKey [sha256.Size]byte

// NewReplayMemory makes a memory for at least size signatures, and at most twice
// as many.
func NewReplayMemory(size int) *ReplayMemory {
	return &ReplayMemory{size: size}
}

// Replayed tells whether a request with a signature was accepted.
func (m *ReplayMemory) Replayed(p SignatureParams) bool {
	key := keyOf(p)
	m.mu.Lock()
	defer m.mu.Unlock()
	_, inYoung := m.young[key]
	_, inOld := m.old[key]
	return inYoung || inOld
}

// Remember records the signature of a request that was accepted: not before, since
// whoever sends a copy meanwhile must not hear that it is kept.
func (m *ReplayMemory) Remember(p SignatureParams, now time.Time) {
	key := keyOf(p)
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.young == nil || len(m.young) >= m.size || now.Sub(m.youngest) > maxAge+maxSkew {
		m.old, m.young, m.youngest = m.young, make(map[replayKey]struct{}), now
	}
	m.young[key] = struct{}{}
}

// keyOf leaves out the key id: it is not signed, so whoever copies a request could
// write it in another way.
func keyOf(p SignatureParams) replayKey {
	return sha256.Sum256([]byte(p.Signature))
}
