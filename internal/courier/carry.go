package courier

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"time"

	"github.com/tongxin-hub/tongxin/internal/fault"
	"github.com/tongxin-hub/tongxin/internal/packet"
)

const (
	// Path is where a hub takes packets, below its address.
	Path = "/transfers"
	// media is what a sealed packet is sent as.
	media = "application/jose"
	// wait bounds one delivery.
	wait = 8 * time.Second
)

// Courier brings packets to other hubs.
type Courier struct{ client *http.Client }

// New makes a courier; a hub has one address, so that no redirect is followed.
func New() *Courier {
	return &Courier{&http.Client{
		Timeout:       wait,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}
}

// Carry delivers a packet to a hub and brings its sealed receipt back. Faults: what the
// hub refused with, Unavailable where there is none.
func (c *Courier) Carry(ctx context.Context, address string, sealed []byte) ([]byte, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, address+Path, bytes.NewReader(sealed))
	if err != nil {
		return nil, away(err)
	}
	request.Header.Set("Content-Type", media)
	response, err := c.client.Do(request)
	if err != nil {
		return nil, away(err)
	}
	defer response.Body.Close() //nolint:errcheck // read only
	body, err := io.ReadAll(io.LimitReader(response.Body, packet.MaxSealed+1))
	if err != nil {
		return nil, away(err)
	}
	if response.StatusCode == http.StatusOK {
		return body, nil
	}
	var told refusal
	if err := json.Unmarshal(body, &told); err != nil || !slices.Contains(fault.Codes(), told.Code) {
		return nil, away(fmt.Errorf("status %d", response.StatusCode))
	}
	return nil, fault.New(told.Code, "对方枢纽未受理。", "The other hub does not take it.")
}

// Close lets go of connections.
func (c *Courier) Close(context.Context) error {
	c.client.CloseIdleConnections()
	return nil
}

func away(cause error) error {
	var unread *json.SyntaxError
	if errors.As(cause, &unread) {
		cause = nil // it quotes what came
	}
	return fault.Wrap(fault.Unavailable, "对方枢纽联系不上。", "The other hub cannot be reached.", cause)
}
