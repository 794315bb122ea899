package federation

import (
	"context"

	"github.com/rs/zerolog"
)

// logActivity adds the id of an activity to what a request or a job logs from now
// on: by it one finds the whole way of an activity, here and at the other server.
func logActivity(ctx context.Context, id string) {
	if len(id) > maxID {
		return // nobody's: it is refused
	}
	zerolog.Ctx(ctx).UpdateContext(func(c zerolog.Context) zerolog.Context { return c.Str("activity", id) })
}
