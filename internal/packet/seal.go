package packet

import (
	"bytes"
	"errors"
	"fmt"
	"time"

	"github.com/go-jose/go-jose/v4"

	"github.com/tongxin-hub/tongxin/internal/fault"
)

// Seal signs a packet (JWS, Ed25519) and encrypts it to a partner (JWE, ECDH-ES on P-256
// with A256GCM): nobody on the way learns of a child, and the partner can show who said it.
func (o *Own) Seal(p Packet, to Partner) ([]byte, error) {
	content, err := p.Bytes()
	if err != nil {
		return nil, err
	}
	if _, err := Parse(content); err != nil {
		return nil, fmt.Errorf("seal: %w", err)
	}
	return o.seal(content, to)
}

func (o *Own) seal(content []byte, to Partner) ([]byte, error) {
	own, err := named(o.sign.Public(), string(signs), "sig")
	if err != nil {
		return nil, err
	}
	signer, err := jose.NewSigner(
		jose.SigningKey{Algorithm: signs, Key: jose.JSONWebKey{Key: o.sign, KeyID: own.KeyID}}, (&jose.SignerOptions{}).WithType(media))
	if err != nil {
		return nil, err
	}
	signed, err := signer.Sign(content)
	if err != nil {
		return nil, err
	}
	inner, err := signed.CompactSerialize()
	if err != nil {
		return nil, err
	}
	encrypter, err := jose.NewEncrypter(cover, jose.Recipient{Algorithm: seals, Key: to.open}, (&jose.EncrypterOptions{}).WithContentType("JWS"))
	if err != nil {
		return nil, err
	}
	sealed, err := encrypter.Encrypt([]byte(inner))
	if err != nil {
		return nil, err
	}
	outer, err := sealed.CompactSerialize()
	return []byte(outer), err
}

// Opened is a packet that held, or as much as is certain of one that did not: with a
// Hub, who signed it.
type Opened struct {
	Packet
	Partner
}

// Open opens, verifies and checks a packet. Faults: CostLimit for one that is too large,
// Unauthenticated for one that is not sealed to this hub or not signed by a partner,
// BadRequest for what is no packet, Forbidden for one to somebody else or out of time.
func (o *Own) Open(sealed []byte, partners Partners, now time.Time) (Opened, error) {
	if len(sealed) > MaxSealed {
		return Opened{}, fault.New(fault.CostLimit, "此包过大。", "This packet is too large.")
	}
	content, partner, err := o.unseal(sealed, partners)
	if err != nil {
		return Opened{}, fault.Wrap(fault.Unauthenticated, "此包不是已知枢纽发给本枢纽的。", "This packet is not one of a known hub for this one.", err)
	}
	p, err := Parse(content)
	if err != nil {
		return Opened{Partner: partner}, fault.Wrap(fault.BadRequest, "此包的内容无法读取。", "The content of this packet cannot be read.", err)
	}
	return Opened{p, partner}, p.meant(partner.Hub, o.Hub, now)
}

func (o *Own) unseal(sealed []byte, partners Partners) ([]byte, Partner, error) {
	outer, err := jose.ParseEncryptedCompact(string(sealed), []jose.KeyAlgorithm{seals}, []jose.ContentEncryption{cover})
	if err != nil {
		return nil, Partner{}, err
	}
	if zip, ok := outer.Header.ExtraHeaders["zip"]; ok {
		return nil, Partner{}, fmt.Errorf("compressed: %v", zip)
	}
	inner, err := outer.Decrypt(o.open)
	if err != nil {
		return nil, Partner{}, err
	}
	signed, err := jose.ParseSignedCompact(string(inner), []jose.SignatureAlgorithm{signs})
	if err != nil {
		return nil, Partner{}, err
	}
	header := signed.Signatures[0].Protected
	partner, ok := partners.signedBy(header.KeyID)
	if kind, _ := header.ExtraHeaders[jose.HeaderType].(string); !ok || kind != media {
		return nil, Partner{}, errors.New("signed by nobody known")
	}
	content, err := signed.Verify(partner.sign)
	return content, partner, err
}

// Receipted checks that this is a partner's receipt for a packet with that content.
func (r Opened) Receipted(id string, digest []byte, by Partner) error {
	if r.Kind != ReceiptKind || r.Hub != by.Hub || r.Receipt.Packet != id || !bytes.Equal(r.Receipt.Digest, digest) {
		return fault.New(fault.Unauthenticated, "回执与所发的包不符。", "The receipt is for another packet.")
	}
	return nil
}
