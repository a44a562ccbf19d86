package audit

import (
	"context"
	"database/sql/driver"
	"encoding/binary"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgtype"
)

// Names of the shapes in which rows travel.
const (
	entryShape  = "audit_entry_v1"
	packedShape = "audit_packed_v1"
)

// shapes are the object ids of the composite types that rows travel as. An
// array of composites costs the server a third of what parallel arrays of 26
// columns cost, and keeps bases as they are.
type shapes struct {
	entry, entries, packed, packeds uint32
}

// loadShapes reads the ids of this database.
func loadShapes(ctx context.Context, conn *pgx.Conn) (shapes, error) {
	rows, err := conn.Query(ctx, findShapes)
	if err != nil {
		return shapes{}, err
	}
	var s shapes
	var name string
	var element, array uint32
	_, err = pgx.ForEachRow(rows, []any{&name, &element, &array}, func() error {
		if name == entryShape {
			s.entry, s.entries = element, array
		} else {
			s.packed, s.packeds = element, array
		}
		return nil
	})
	if err != nil {
		return shapes{}, fmt.Errorf("read shapes: %w", err)
	}
	return s, nil
}

// register makes the arrays known to a connection, once.
func (s shapes) register(m *pgtype.Map) {
	if t, found := m.TypeForName("_" + entryShape); found && t.OID == s.entries {
		return
	}
	m.RegisterType(&pgtype.Type{Name: "_" + entryShape, OID: s.entries, Codec: shapeCodec{}})
	m.RegisterType(&pgtype.Type{Name: "_" + packedShape, OID: s.packeds, Codec: shapeCodec{}})
}

// shapeArray is an array of composites in PostgreSQL's binary format.
type shapeArray struct {
	element uint32
	count   int
	body    []byte
}

// row adds an element of so many fields; the caller adds them and then ends it.
func (a *shapeArray) row(fields int) (start int) {
	start = len(a.body)
	a.count++
	a.body = append(a.body, 0, 0, 0, 0) // the length, once it is known
	a.body = appendUint32(a.body, fields)
	return start
}

func (a *shapeArray) end(start int) {
	binary.BigEndian.PutUint32(a.body[start:], uint32(len(a.body)-start-4)) //nolint:gosec // a row is short
}

// head writes what stands before a field: its type and its length.
func (a *shapeArray) head(oid uint32, length int) {
	a.body = binary.BigEndian.AppendUint32(a.body, oid)
	a.body = appendUint32(a.body, length)
}

func (a *shapeArray) int64(v int64) {
	a.head(pgtype.Int8OID, 8)
	a.body = appendInt64(a.body, v)
}

func (a *shapeArray) int32(v int) {
	a.head(pgtype.Int4OID, 4)
	a.body = appendUint32(a.body, v)
}

func (a *shapeArray) int16(v uint16) {
	a.head(pgtype.Int2OID, 2)
	a.body = binary.BigEndian.AppendUint16(a.body, v)
}

func (a *shapeArray) bool(v bool) {
	a.head(pgtype.BoolOID, 1)
	a.body = appendBool(a.body, v)
}

// epoch is where PostgreSQL's time begins.
var epoch = time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC).UnixMicro()

func (a *shapeArray) time(t time.Time) {
	a.head(pgtype.TimestamptzOID, 8)
	a.body = appendInt64(a.body, t.UnixMicro()-epoch)
}

func (a *shapeArray) bytes(oid uint32, b []byte) {
	a.head(oid, len(b))
	a.body = append(a.body, b...)
}

func (a *shapeArray) text(s string) {
	a.head(pgtype.TextOID, len(s))
	a.body = append(a.body, s...)
}

// texts is a text[]; an empty one has no dimension.
func (a *shapeArray) texts(list []string) {
	start := a.array(pgtype.TextArrayOID, pgtype.TextOID, len(list))
	for _, s := range list {
		a.body = appendString(a.body, s)
	}
	a.endArray(start)
}

// array begins a field that is an array of count elements; the caller adds them, each
// behind its length, and then ends it.
func (a *shapeArray) array(oid, element uint32, count int) (start int) {
	a.head(oid, 0) // the length, once it is known
	start = len(a.body)
	if count == 0 {
		count = -1
	}
	a.body = appendArrayHead(a.body, element, count)
	return start
}

func (a *shapeArray) endArray(start int) {
	binary.BigEndian.PutUint32(a.body[start-4:], uint32(len(a.body)-start)) //nolint:gosec // bounded by maxPart
}

// appendArrayHead begins an array of count elements, or an empty one if -1.
func appendArrayHead(b []byte, element uint32, count int) []byte {
	dimensions := 1
	if count < 0 {
		dimensions = 0
	}
	b = appendUint32(b, dimensions)
	b = appendUint32(b, 0) // no nulls
	b = binary.BigEndian.AppendUint32(b, element)
	if count < 0 {
		return b
	}
	b = appendUint32(b, count)
	return appendUint32(b, 1) // the first index
}

// errShape: the codec is for sending only.
var errShape = errors.New("audit rows are only sent in this shape")

// shapeCodec sends a *shapeArray.
type shapeCodec struct{}

// FormatSupported implements pgtype.Codec.
func (shapeCodec) FormatSupported(format int16) bool { return format == pgtype.BinaryFormatCode }

// PreferredFormat implements pgtype.Codec.
func (shapeCodec) PreferredFormat() int16 { return pgtype.BinaryFormatCode }

// PlanEncode implements pgtype.Codec.
func (shapeCodec) PlanEncode(_ *pgtype.Map, _ uint32, _ int16, value any) pgtype.EncodePlan {
	if _, ok := value.(*shapeArray); !ok {
		return nil
	}
	return shapeCodec{}
}

// Encode implements pgtype.EncodePlan.
func (shapeCodec) Encode(value any, b []byte) ([]byte, error) {
	a, ok := value.(*shapeArray)
	if !ok {
		return nil, errShape
	}
	return append(appendArrayHead(b, a.element, a.count), a.body...), nil
}

// PlanScan implements pgtype.Codec.
func (shapeCodec) PlanScan(*pgtype.Map, uint32, int16, any) pgtype.ScanPlan { return nil }

// DecodeDatabaseSQLValue implements pgtype.Codec.
func (shapeCodec) DecodeDatabaseSQLValue(*pgtype.Map, uint32, int16, []byte) (driver.Value, error) {
	return nil, errShape
}

// DecodeValue implements pgtype.Codec.
func (shapeCodec) DecodeValue(*pgtype.Map, uint32, int16, []byte) (any, error) {
	return nil, errShape
}
