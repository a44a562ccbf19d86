package wall

import (
	"encoding/binary"
	"fmt"
	"strconv"
	"time"
)

// Every parameter of a statement carries its cast, so that text serves for all
// but the long lists of ids, which go in PostgreSQL's binary form.
const (
	asText   int16 = 0
	asBinary int16 = 1
)

// encode turns arguments into what goes over the wire.
func encode(args []any) (values [][]byte, formats []int16, err error) {
	values, formats = make([][]byte, len(args)), make([]int16, len(args))
	for i, arg := range args {
		if values[i], formats[i], err = encodeOne(arg); err != nil {
			return nil, nil, fmt.Errorf("parameter %d: %w", i+1, err)
		}
	}
	return values, formats, nil
}

func encodeOne(arg any) ([]byte, int16, error) {
	switch v := arg.(type) {
	case nil:
		return nil, asText, nil
	case string:
		return []byte(v), asText, nil
	case int64:
		return strconv.AppendInt(nil, v, 10), asText, nil
	case int:
		return strconv.AppendInt(nil, int64(v), 10), asText, nil
	case bool:
		return strconv.AppendBool(nil, v), asText, nil
	case time.Time:
		return v.AppendFormat(nil, time.RFC3339Nano), asText, nil
	case []int64:
		return int8Array(v), asBinary, nil
	default:
		return nil, 0, fmt.Errorf("no wire form for %T", arg)
	}
}

// int8oid is the object id of bigint.
const int8oid = 20

// int8Array is the binary form of a bigint[] without nulls.
func int8Array(list []int64) []byte {
	dimensions := uint32(1)
	if len(list) == 0 {
		dimensions = 0
	}
	out := make([]byte, 0, 20+12*len(list))
	for _, n := range []uint32{dimensions, 0, int8oid} {
		out = binary.BigEndian.AppendUint32(out, n)
	}
	if dimensions == 0 {
		return out
	}
	out = binary.BigEndian.AppendUint32(out, uint32(len(list))) //nolint:gosec // bounded by the page
	out = binary.BigEndian.AppendUint32(out, 1)
	for _, n := range list {
		out = binary.BigEndian.AppendUint32(out, 8)
		out = binary.BigEndian.AppendUint64(out, uint64(n)) //nolint:gosec // its bits
	}
	return out
}
