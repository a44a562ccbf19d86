package server

import (
	"mime"
	"strconv"
	"strings"
)

// The two media types of a GraphQL response.
const (
	jsonMedia    = "application/json"
	graphqlMedia = "application/graphql-response+json"
	utf8Suffix   = "; charset=utf-8"
)

// preference is how much a client wants one media type.
type preference struct {
	quality     float64
	specificity int // 0 not listed, 1 */*, 2 application/*, 3 by name
	position    int
}

func (p preference) beats(o preference) bool {
	if p.quality != o.quality {
		return p.quality > o.quality
	}
	if p.specificity != o.specificity {
		return p.specificity > o.specificity
	}
	return p.specificity == 3 && p.position < o.position
}

// negotiate chooses the media type of the answer from the Accept headers.
// Without one, or where the client does not care, it is application/json.
// False means that the client takes neither.
func negotiate(accept []string) (string, bool) {
	if len(accept) == 1 && accept[0] == jsonMedia {
		return jsonMedia, true // as most programs ask
	}
	joined := strings.Join(accept, ",")
	if strings.TrimSpace(joined) == "" {
		return jsonMedia, true
	}
	var plain, graphql preference
	for i, item := range strings.Split(joined, ",") {
		media, params, err := mime.ParseMediaType(item)
		if err != nil {
			continue
		}
		q := quality(params["q"])
		plain.consider(media, jsonMedia, q, i)
		graphql.consider(media, graphqlMedia, q, i)
	}
	switch {
	case graphql.quality > 0 && graphql.beats(plain):
		return graphqlMedia, true
	case plain.quality > 0:
		return jsonMedia, true
	default:
		return jsonMedia, false
	}
}

// consider lets a media range of the header speak for media, if it is the most
// specific one so far.
func (p *preference) consider(rng, media string, q float64, position int) {
	specificity := 0
	switch rng {
	case media:
		specificity = 3
	case "application/*":
		specificity = 2
	case "*/*":
		specificity = 1
	}
	if specificity > p.specificity {
		*p = preference{quality: q, specificity: specificity, position: position}
	}
}

func quality(q string) float64 {
	if q == "" {
		return 1
	}
	n, err := strconv.ParseFloat(q, 64)
	if err != nil || !(n >= 0) || n > 1 {
		return 0
	}
	return n
}

// isJSON says whether a Content-Type is JSON in UTF-8 and nothing else. Forms
// and plain text could be sent by a foreign page without asking first.
func isJSON(contentType string) bool {
	if contentType == jsonMedia {
		return true
	}
	media, params, err := mime.ParseMediaType(contentType)
	if err != nil || media != jsonMedia {
		return false
	}
	charset, stated := params["charset"]
	return !stated || strings.EqualFold(charset, "utf-8") || strings.EqualFold(charset, "utf8")
}
