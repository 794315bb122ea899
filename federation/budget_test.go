package federation

import (
	"context"
	"errors"
	"fmt"
	"testing"

	"github.com/parvis-coop/parvis/internal/text"
)

func TestBudget(t *testing.T) {
	ctx := withBudget(context.Background(), 0)
	for i := range maxFetches {
		if err := spend(ctx, fmt.Sprintf("masto%d.example", i)); err != nil {
			t.Fatalf("request %d: %v", i+1, err)
		}
	}
	if err := spend(ctx, "encore.example"); !errors.Is(err, ErrBudget) {
		t.Errorf("one too many: %v", err)
	}
	if got := spent(ctx); got != maxFetches {
		t.Errorf("%d spent, want %d", got, maxFetches)
	}

	ctx = withBudget(context.Background(), maxFetches-1)
	if first, second := spend(ctx, "a.example"), spend(ctx, "b.example"); first != nil || !errors.Is(second, ErrBudget) {
		t.Errorf("with one request left: %v, %v", first, second)
	}
}

// TestBudgetOfDomain: names below a domain, which cost nothing, count together.
func TestBudgetOfDomain(t *testing.T) {
	ctx := withBudget(context.Background(), 0)
	for i := range maxDomainFetches {
		if err := spend(ctx, fmt.Sprintf("a%d.b%d.evil.example", i, i%3)); err != nil {
			t.Fatalf("request %d: %v", i+1, err)
		}
	}
	for host, want := range map[string]error{"z.evil.example": ErrBudget, "evil.example": ErrBudget, "malakoff.example": nil} {
		if err := spend(ctx, host); !errors.Is(err, want) {
			t.Errorf("%s: %v, want %v", host, err, want)
		}
	}
}

func TestRegistrable(t *testing.T) {
	for host, want := range map[string]string{
		"www.malakoff.fr": "malakoff.fr", "malakoff.fr": "malakoff.fr", "a.b.asso.fr": "b.asso.fr", "lea.github.io": "lea.github.io",
		"x.evil.localhost": "evil.localhost", "localhost": "localhost", "127.0.0.1": "127.0.0.1", "::1": "::1", "xn--besanon-yxa.fr": "xn--besanon-yxa.fr",
	} {
		if got := text.Registrable(host); got != want {
			t.Errorf("%s: %s, want %s", host, got, want)
		}
	}
}

func TestWithoutBudget(t *testing.T) {
	if err := spend(context.Background(), "malakoff.example"); err != nil || spent(context.Background()) != 0 {
		t.Errorf("a command was refused: %v", err)
	}
}
