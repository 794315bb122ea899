package app

import (
	"context"
	"errors"
	"time"

	"github.com/parvis-coop/parvis/internal/parvis"
)

// An Ask is a sort of question to other servers whose answer is nice to have.
type Ask struct{ limit limit }

// The questions, with how often the same one is asked.
var (
	AskThread  = Ask{limit{"ask-thread", 1, 15 * time.Minute}} // what a conversation lacks
	AskPins    = Ask{limit{"ask-pins", 1, 24 * time.Hour}}     // which posts an account pinned
	AskCounts  = Ask{limit{"ask-counts", 1, 5 * time.Minute}}  // how a question stands
	AskFollows = Ask{limit{"ask-follows", 2, time.Hour}}       // who of us follows an account
	// AskForward is no question: how often a server may have us pass something on.
	AskForward = Ask{limit{"forward", 60, time.Hour}}
	// AskPeople: how often letters of a server make us ask for those they are also for.
	AskPeople = Ask{limit{"ask-people", 30, time.Hour}}
	// AskQuote: how often a server may ask to quote.
	AskQuote = Ask{limit{"quote", 300, time.Hour}}
)

// MayAsk reports whether it is time to ask something, about what, and notes that it
// is asked. Whoever makes many occasions does not make many questions.
func (a *App) MayAsk(ctx context.Context, n *parvis.Node, ask Ask, what string) (bool, error) {
	err := a.attempt(ctx, n, ask.limit, what)
	var many *parvis.TooManyError
	if errors.As(err, &many) {
		return false, nil
	}
	return err == nil, err
}
