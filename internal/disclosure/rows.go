package disclosure

import "strconv"

// rowset keeps the rows of one statement as the text that PostgreSQL sent.
type rowset struct {
	width int
	ends  []int32 // end of each cell in data; the sign bit marks null
	data  []byte
	rows  int
}

// expect makes room for so many rows of so many bytes.
func (s *rowset) expect(rows, perRow int) {
	s.ends = make([]int32, 0, rows*s.width)
	s.data = make([]byte, 0, rows*perRow)
}

const nullCell = int32(-1 << 31)

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
