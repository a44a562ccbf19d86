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

// encode turns arguments into what goes over the wire, all in one buffer.
func encode(args []any) (values [][]byte, formats []int16, err error) {
	values, formats = make([][]byte, len(args)), make([]int16, len(args))
	buf := make([]byte, 0, sizeOf(args))
	for i, arg := range args {
		if arg == nil {
			continue
		}
		from := len(buf)
		if buf, formats[i], err = appendOne(buf, arg); err != nil {
			return nil, nil, fmt.Errorf("parameter %d: %w", i+1, err)
		}
		values[i] = buf[from:len(buf):len(buf)]
	}
	return values, formats, nil
}

// sizeOf is about how much the arguments take.
func sizeOf(args []any) int {
	n := 0
	for _, arg := range args {
		switch v := arg.(type) {
		case []int64:
			n += 20 + 12*len(v)
		case string:
			n += len(v)
		default:
			n += len(time.RFC3339Nano)
		}
	}
	return n
}

func appendOne(buf []byte, arg any) ([]byte, int16, error) {
	switch v := arg.(type) {
	case string:
		return append(buf, v...), asText, nil
	case int64:
		return strconv.AppendInt(buf, v, 10), asText, nil
	case bool:
		return strconv.AppendBool(buf, v), asText, nil
	case time.Time:
		return v.AppendFormat(buf, time.RFC3339Nano), asText, nil
	case []int64:
		return appendInt8Array(buf, v), asBinary, nil
	default:
		return buf, 0, fmt.Errorf("no wire form for %T", arg)
	}
}

// int8oid is the object id of bigint.
const int8oid = 20

// appendInt8Array writes the binary form of a bigint[] without nulls.
func appendInt8Array(buf []byte, list []int64) []byte {
	header := []uint32{1, 0, int8oid, uint32(len(list)), 1} //nolint:gosec // bounded by the page
	if len(list) == 0 {
		header = []uint32{0, 0, int8oid}
	}
	for _, n := range header {
		buf = binary.BigEndian.AppendUint32(buf, n)
	}
	for _, n := range list {
		buf = binary.BigEndian.AppendUint32(buf, 8)
		buf = binary.BigEndian.AppendUint64(buf, uint64(n)) //nolint:gosec // its bits
	}
	return buf
}
