package footprint

import "testing"

func TestLimitFor(t *testing.T) {
	t.Parallel()
	for live, want := range map[int64]int64{
		0: 48 << 20, 12 << 20: 48 << 20, 31 << 20: 48 << 20, 32 << 20: 56 << 20, 100 << 20: 152 << 20,
	} {
		if got := limitFor(live); got != want {
			t.Errorf("%d alive: %d, want %d", live, got, want)
		}
		if got := limitFor(live); 2*got < 3*live {
			t.Errorf("%d alive: the limit %d leaves no room", live, got)
		}
	}
}
