package federation

import (
	"context"
	"crypto/tls"
	"errors"
	"net"
	"net/http"
	"os"

	"github.com/parvis-coop/parvis/federation/vocab"
	"github.com/parvis-coop/parvis/internal/parvis"
)

// maxHostError is how much of an error is kept for an admin to read.
const maxHostError = 500

// troubles are the errors that say themselves what went wrong. The first that fits
// counts.
var troubles = []struct {
	err     error
	trouble parvis.Trouble
}{
	{ErrRefusedAddress, parvis.TroubleAddress},
	{ErrRedirect, parvis.TroubleRedirect},
	{ErrTooLarge, parvis.TroubleAnswer},
	{ErrWrongType, parvis.TroubleAnswer},
	{vocab.ErrMalformed, parvis.TroubleAnswer},
	{vocab.ErrUnknownType, parvis.TroubleAnswer},
	{errBadActor, parvis.TroubleAnswer},
	{errBadPost, parvis.TroubleAnswer},
	{ErrFinger, parvis.TroubleAnswer},
	{ErrWrongOrigin, parvis.TroubleOrigin},
	{parvis.ErrForbidden, parvis.TroublePolicy},
	{context.DeadlineExceeded, parvis.TroubleTimeout},
	{os.ErrDeadlineExceeded, parvis.TroubleTimeout},
}

// statusTroubles are the statuses that have a sentence of their own.
var statusTroubles = map[int]parvis.Trouble{
	http.StatusUnauthorized: parvis.TroubleSignature, http.StatusForbidden: parvis.TroubleForbidden, http.StatusNotFound: parvis.TroubleMissing,
	http.StatusGone: parvis.TroubleGone, http.StatusTooManyRequests: parvis.TroubleBusy,
}

// troubleOf tells what sort of failure an error of talking to another server is.
func troubleOf(err error) parvis.Trouble {
	if err == nil {
		return parvis.NoTrouble
	}
	if answer := new(StatusError); errors.As(err, &answer) {
		return statusTrouble(answer.Status)
	}
	for _, t := range troubles {
		if errors.Is(err, t.err) {
			return t.trouble
		}
	}
	var certificate *tls.CertificateVerificationError
	var record tls.RecordHeaderError
	var alert tls.AlertError
	var name *net.DNSError
	var connection *net.OpError
	var slow net.Error
	switch {
	case errors.As(err, &certificate), errors.As(err, &record), errors.As(err, &alert):
		return parvis.TroubleTLS
	case errors.As(err, &name):
		return parvis.TroubleName
	case errors.As(err, &slow) && slow.Timeout():
		return parvis.TroubleTimeout
	case errors.As(err, &connection):
		return parvis.TroubleConnection
	}
	return parvis.TroubleOther
}

func statusTrouble(status int) parvis.Trouble {
	if t, ok := statusTroubles[status]; ok {
		return t
	}
	if status/100 == 5 {
		return parvis.TroubleBroken
	}
	return parvis.TroubleRefused
}
