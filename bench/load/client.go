package load

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"strconv"
	"time"
)

// Request is a complete HTTP/1.1 request, ready to be written: the load tool
// shares two cores with everybody and must not spend them on building requests.
type Request []byte

// Post builds a request with a JSON body and further header lines.
func Post(host, path string, header map[string]string, body []byte) Request {
	var b bytes.Buffer
	fmt.Fprintf(&b, "POST %s HTTP/1.1\r\nHost: %s\r\nContent-Type: application/json\r\nAccept: application/json\r\nContent-Length: %d\r\n",
		path, host, len(body))
	for name, value := range header {
		fmt.Fprintf(&b, "%s: %s\r\n", name, value)
	}
	b.WriteString("\r\n")
	b.Write(body)
	return b.Bytes()
}

// exchangeTimeout bounds one request: a contestant that hangs fails the run.
const exchangeTimeout = 30 * time.Second

// Client is one kept connection.
type Client struct {
	addr string
	conn net.Conn
	in   *bufio.Reader
	body []byte
}

// Dial opens a connection to a contestant.
func Dial(ctx context.Context, addr string) (*Client, error) {
	var d net.Dialer
	conn, err := d.DialContext(ctx, "tcp", addr)
	if err != nil {
		return nil, err
	}
	return &Client{addr: addr, conn: conn, in: bufio.NewReaderSize(conn, 64<<10)}, nil
}

// Close closes the connection.
func (c *Client) Close() { _ = c.conn.Close() }

// Do sends a request and returns the answer's body, valid until the next call.
// Anything but status 200 with data is an error.
func (c *Client) Do(r Request) ([]byte, error) {
	if err := c.conn.SetDeadline(time.Now().Add(exchangeTimeout)); err != nil {
		return nil, err
	}
	if _, err := c.conn.Write(r); err != nil {
		return nil, fmt.Errorf("send: %w", err)
	}
	status, length, err := c.head()
	if err != nil {
		return nil, fmt.Errorf("read head: %w", err)
	}
	if length >= 0 {
		err = c.read(length)
	} else {
		err = c.chunks()
	}
	if err != nil {
		return nil, fmt.Errorf("read body: %w", err)
	}
	if status != 200 || failed(c.body) {
		return c.body, fmt.Errorf("%s answered %d: %.400s", c.addr, status, c.body)
	}
	return c.body, nil
}

// errorTail is how much of the end of a body is searched for errors; a GraphQL
// server may write them after the data.
const errorTail = 400

// failed reports an answer without data or with errors.
func failed(body []byte) bool {
	if !bytes.HasPrefix(body, []byte(`{"data":{`)) {
		return true
	}
	tail := body[max(0, len(body)-errorTail):]
	return bytes.Contains(tail, []byte(`"errors":[`))
}

// head reads the status and the length of the body, -1 when it is chunked.
func (c *Client) head() (status, length int, err error) {
	line, err := c.in.ReadSlice('\n')
	if err != nil {
		return 0, 0, err
	}
	if len(line) < 12 || !bytes.HasPrefix(line, []byte("HTTP/1.1 ")) {
		return 0, 0, errors.New("not HTTP/1.1")
	}
	if status, err = strconv.Atoi(string(line[9:12])); err != nil {
		return 0, 0, err
	}
	length = -1
	for {
		line, err = c.in.ReadSlice('\n')
		if err != nil {
			return 0, 0, err
		}
		line = bytes.TrimRight(line, "\r\n")
		if len(line) == 0 {
			return status, length, nil
		}
		name, value, _ := bytes.Cut(line, []byte(":"))
		if len(name) == len("content-length") && bytes.EqualFold(name, []byte("content-length")) {
			if length, err = strconv.Atoi(string(bytes.TrimSpace(value))); err != nil {
				return 0, 0, err
			}
		}
	}
}

func (c *Client) read(n int) error {
	if cap(c.body) < n {
		c.body = make([]byte, n+n/4)
	}
	c.body = c.body[:n]
	_, err := io.ReadFull(c.in, c.body)
	return err
}

// chunks reads a chunked body without trailers.
func (c *Client) chunks() error {
	c.body = c.body[:0]
	for {
		line, err := c.in.ReadSlice('\n')
		if err != nil {
			return err
		}
		n, err := strconv.ParseInt(string(bytes.TrimSpace(line)), 16, 32)
		if err != nil {
			return err
		}
		at := len(c.body)
		c.body = append(c.body, make([]byte, n)...)
		if _, err := io.ReadFull(c.in, c.body[at:]); err != nil {
			return err
		}
		if _, err := c.in.Discard(2); err != nil {
			return err
		}
		if n == 0 {
			return nil
		}
	}
}
