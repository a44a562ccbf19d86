package flow

import (
	"fmt"

	"github.com/tongxin-hub/tongxin/internal/fault"
)

// AsRead fails with fault.Conflict at "version" where a record is of another version
// now than the one that the caller has read.
func AsRead(read, now int) error {
	if read == now {
		return nil
	}
	return fault.At("version", fault.New(fault.Conflict,
		fmt.Sprintf("您看到的是第%d版，现在是第%d版，请刷新后再试。", read, now),
		fmt.Sprintf("You have seen version %d, it is version %d now; read the record again.", read, now)))
}
