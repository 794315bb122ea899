package parvistest

import (
	"bufio"
	"encoding/base64"
	"fmt"
	"io"
	"net"
	"strings"
	"testing"
)

// A Mail is what the server of SMTP was told in one session.
type Mail struct {
	Login    string // the parts of AUTH PLAIN, separated by "|"
	From, To string // the arguments of MAIL and RCPT
	Data     string // headers and body, as sent
}

// SMTP runs a server for mail on loopback, which refuses what is for inconnu@.
// Each session is sent on before its client is let go.
func SMTP(t testing.TB) (address string, sessions <-chan Mail) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	taken := make(chan Mail, 16)
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			taken <- converse(conn)
			_, _ = fmt.Fprint(conn, "221 bye\r\n") // only now: whoever waits for that finds the mail
			_ = conn.Close()
		}
	}()
	return l.Addr().String(), taken
}

// converse speaks the server's part of RFC 5321, as far as one mail needs it.
func converse(conn io.ReadWriter) Mail {
	var got Mail
	lines := bufio.NewScanner(conn)
	say := func(reply string) { _, _ = fmt.Fprint(conn, reply+"\r\n") }
	say("220 smtp.malakoff.example")
	for lines.Scan() {
		verb, rest, _ := strings.Cut(lines.Text(), " ")
		reply := "250 OK"
		switch verb {
		case "EHLO":
			reply = "250-smtp.malakoff.example\r\n250-ENHANCEDSTATUSCODES\r\n250 AUTH PLAIN"
		case "AUTH":
			login, _ := base64.StdEncoding.DecodeString(strings.TrimPrefix(rest, "PLAIN "))
			got.Login = strings.ReplaceAll(string(login), "\x00", "|")
			reply = "235 welcome"
		case "MAIL":
			got.From = rest
		case "RCPT":
			got.To = rest
			if strings.Contains(rest, "inconnu@") {
				reply = "550 5.1.1 no such person"
			}
		case "DATA":
			say("354 go on")
			for lines.Scan() && lines.Text() != "." {
				got.Data += strings.TrimPrefix(lines.Text(), ".") + "\r\n"
			}
		case "QUIT":
			return got
		}
		say(reply)
	}
	return got
}
