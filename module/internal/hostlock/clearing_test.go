package hostlock

import (
	"errors"
	"strings"
	"testing"
	"time"
)

func TestTheClearingOfStorageIsOneManagersAtATime(t *testing.T) {
	dir := t.TempDir()
	first, err := clearingIn(t.Context(), dir, 0)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := clearingIn(t.Context(), dir, 10*time.Millisecond); !errors.Is(err, ErrHeld) || !strings.Contains(err.Error(), clearingFile) {
		t.Errorf("a second one, at the same time: %v", err)
	}
	if _, err := acquireIn(t.Context(), dir, clearingFile, 0, func(string) {}); err != nil {
		t.Errorf("a manager of that name: %v", err)
	}
	first()
	second, err := clearingIn(t.Context(), dir, 0)
	if err != nil {
		t.Fatal(err)
	}
	second()
}
