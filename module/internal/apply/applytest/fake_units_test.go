package applytest_test

import (
	"fmt"
	"testing"

	"github.com/overcloud/paunch/module/internal/apply/applytest"
	"github.com/overcloud/paunch/module/internal/observed"
)

func TestFakeUnitsConform(t *testing.T) {
	names := 0
	applytest.UnitsConformance(t, func(*testing.T) applytest.UnitsSubject {
		units := applytest.NewFake().Units()
		return applytest.UnitsSubject{
			Units:   units,
			Observe: func() (map[string]observed.Unit, error) { return units.State(), nil },
			Name:    func() string { names++; return fmt.Sprintf("test_%d.service", names) },
		}
	})
}
