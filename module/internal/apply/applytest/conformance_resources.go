package applytest

import (
	"errors"
	"testing"

	"github.com/overcloud/paunch/module/internal/apply"
	"github.com/overcloud/paunch/module/internal/config"
)

// resources holds an engine to what the executor relies on: a resource can be created again by the same request, not by
// another one; removing is idempotent; and what a container uses is not removed.
func resources(t *testing.T, s suite) {
	t.Helper()
	e := s.Entry(Behaviour{})
	for _, res := range []config.Resource{
		{Kind: config.Volume, Name: e.Name + "-v"},
		{Kind: config.Secret, Name: e.Name + "-s", Content: []byte("horse")},
	} {
		req := apply.ResourceRequest{Resource: res, Name: res.Name, Labels: map[string]string{"paunch_resource": res.Name, "paunch_config": "{}", "managed_by": "test"}}
		s.must(s.Runtime.CreateResource(t.Context(), req))
		s.must(s.Runtime.CreateResource(t.Context(), req))
		req.Labels = map[string]string{"paunch_resource": "another"}
		if err := s.Runtime.CreateResource(t.Context(), req); err == nil {
			t.Errorf("%s was created again by another request", res.Kind)
		}
	}
	e.Options = append(e.Options, config.Option{Flag: "volume", Key: "volumes", Values: []string{e.Name + "-v:/data"}})
	id, err := s.Runtime.Create(t.Context(), apply.CreateRequest{Entry: e, Name: e.Name})
	s.must(err)
	if err := s.Runtime.RemoveResource(t.Context(), config.Volume, e.Name+"-v"); !errors.Is(err, apply.ErrInUse) {
		t.Errorf("the removal of a volume in use: %v", err)
	}
	s.must(s.Runtime.Remove(t.Context(), id))
	for range 2 {
		s.must(s.Runtime.RemoveResource(t.Context(), config.Volume, e.Name+"-v"))
		s.must(s.Runtime.RemoveResource(t.Context(), config.Secret, e.Name+"-s"))
	}
}
