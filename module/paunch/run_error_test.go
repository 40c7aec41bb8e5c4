package paunch

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/overcloud/paunch/module/internal/apply"
	"github.com/overcloud/paunch/module/internal/many"
	"github.com/overcloud/paunch/module/internal/plan"
	"github.com/overcloud/paunch/module/internal/redact"
)

func TestAFailedContainerIsAValueOfTheError(t *testing.T) {
	r := newRun(Defaults())
	r.masker = redact.NewMasker(r.rules, redact.Known{Told: []string{"hunter22hunter"}})
	three := 3
	r.report(apply.Report{Outcomes: []apply.Outcome{
		{Name: "good", Action: plan.Created}, {Name: "job", Action: plan.Failed, Err: errors.New("exit code 3: hunter22hunter"), ExitCode: &three},
	}})
	r.finish()
	err := r.runError(t.Context(), nil)
	var failed *ContainerError
	if !errors.Is(err, ErrContainer) || errors.Is(err, ErrPull) || !errors.As(err, &failed) {
		t.Fatalf("%v", err)
	}
	if failed.Container.Name != "job" || *failed.Container.ExitCode != 3 || strings.Contains(failed.Error()+err.Error(), "hunter22") {
		t.Errorf("%+v: %v", failed, err)
	}
}

func TestAnImageThatCannotBePulledIsAValueOfTheError(t *testing.T) {
	r := newRun(Defaults())
	r.masker = redact.NewMasker(r.rules, redact.Known{Told: []string{"hunter22hunter"}})
	cause := many.Join(&apply.ImageError{Image: "reg/a:1", Err: errors.New("denied for hunter22hunter")}, &apply.ImageError{Image: "reg/b:1", Err: errors.New("gone")})
	all := many.Kind(ErrPull, fmt.Errorf("no container was touched: %w", cause))
	if got := pullError(all, "reg/b:1"); got != `image "reg/b:1": gone` {
		t.Error(got)
	}
	r.failed(all)
	r.finish()
	err := r.runError(t.Context(), all)
	var image *ImageError
	if !errors.Is(err, ErrPull) || !errors.As(err, &image) || image.Image != "reg/a:1" || strings.Contains(image.Error()+err.Error(), "hunter22") {
		t.Errorf("%+v: %v", image, err)
	}
}
