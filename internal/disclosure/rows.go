package disclosure

import (
	"strconv"

	"github.com/jackc/pgx/v5"
)

// rowset keeps the rows of one statement as the text that PostgreSQL sent.
type rowset struct {
	width int
	ends  []int32 // end of each cell in data; the sign bit marks null
	data  []byte
	rows  int
}

const nullCell = int32(-1 << 31)

// read copies the rows of a finished query; every column is text.
func (s *rowset) read(rows pgx.Rows) error {
	defer rows.Close()
	for rows.Next() {
		for _, v := range rows.RawValues() {
			s.data = append(s.data, v...)
			end := int32(len(s.data)) //nolint:gosec // an answer is far below 2 GiB: rows are bounded
			if v == nil {
				end |= nullCell
			}
			s.ends = append(s.ends, end)
		}
		s.rows++
	}
	return rows.Err()
}

// cell is the text of a column, nil for null.
func (s *rowset) cell(row, column int) []byte {
	i := row*s.width + column
	end := s.ends[i]
	if end < 0 {
		return nil
	}
	start := int32(0)
	if i > 0 {
		start = s.ends[i-1] &^ nullCell
	}
	return s.data[start:end]
}

// number is an integer column; 0 for null.
func (s *rowset) number(row, column int) int64 {
	n, _ := strconv.ParseInt(string(s.cell(row, column)), 10, 64)
	return n
}
