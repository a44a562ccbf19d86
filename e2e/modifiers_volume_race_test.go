package e2e

import (
	"sync"
	"testing"

	"github.com/tongxin-hub/tongxin/internal/hubtest"
)

// TestVolume_manyAtOnce asks for many children at the same moment: what is
// answered together must not exceed the limit either.
func TestVolume_manyAtOnce(t *testing.T) {
	t.Parallel()
	h := hubtest.Start(t, hubtest.Options{})
	list := reachable(t, h, 160)
	c := officer(t, h, false)
	var wg sync.WaitGroup
	var mu sync.Mutex
	seen := 0
	for i := range 8 {
		wg.Go(func() {
			n, _ := some(t, h, c, list[i*20:(i+1)*20])
			mu.Lock()
			defer mu.Unlock()
			seen += n
		})
	}
	wg.Wait()
	if seen > 50 {
		t.Errorf("%d children shown by requests at the same moment, the limit is 50 a day", seen)
	}
}
