package cli

import (
	"encoding/json"
	"fmt"

	"github.com/tongxin-hub/tongxin/internal/config"
	"github.com/tongxin-hub/tongxin/internal/keyring"
	"github.com/tongxin-hub/tongxin/internal/packet"
)

// transferkeyCommand prints what a partner hub needs to know of this one.
type transferkeyCommand struct {
	config.Place
}

// Run prints the public keys, the member "keys" of this hub in a partner's file.
func (c *transferkeyCommand) Run(e Environment) error {
	ring, err := keyring.Open(c.Keys(), false)
	if err != nil {
		return err
	}
	card, err := packet.Card(ring.TransferSecret())
	if err != nil {
		return err
	}
	text, err := json.Marshal(card)
	if err != nil {
		return err
	}
	fmt.Fprintln(e.Out, string(text))
	return nil
}
