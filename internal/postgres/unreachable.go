package postgres

import (
	"errors"
	"io"
	"net"
	"strings"

	"github.com/jackc/pgx/v5/pgconn"
)

// lockNotAvailable is the SQLSTATE of a wait for a lock that was ended.
const lockNotAvailable = "55P03"

// Unreachable reports whether the database could not be asked, or broke off: no
// connection, a server that stops or starts, no room for another session, a
// table that somebody has locked. The same question may be answered a little
// later.
func Unreachable(err error) bool {
	if code := Code(err); code != "" {
		return strings.HasPrefix(code, "08") || strings.HasPrefix(code, "57P") || strings.HasPrefix(code, "53") || code == lockNotAvailable
	}
	var connect *pgconn.ConnectError
	var network net.Error
	return errors.As(err, &connect) || errors.As(err, &network) && !network.Timeout() ||
		errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, net.ErrClosed) || pgconn.SafeToRetry(err)
}
