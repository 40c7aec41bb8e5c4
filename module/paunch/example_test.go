package paunch_test

import (
	"context"
	"errors"
	"fmt"

	"github.com/overcloud/paunch/module/paunch"
	"github.com/overcloud/paunch/module/paunch/paunchtest"
)

// exampleRequest asks for one service, of an engine in memory. Leave Engine out for Podman.
func exampleRequest(name string) (paunch.Request, paunchtest.Engine) {
	engine := paunchtest.New("registry.example/keystone:1")
	req := paunch.Defaults()
	req.Engine, req.ManagedBy, req.ConfigID, req.Settle = engine, "example-"+name, "identity", 0
	req.Config = map[string]any{"keystone": map[string]any{"image": "registry.example/keystone:1", "restart": "always"}}
	return req, engine
}

func ExampleApply() {
	req, engine := exampleRequest("apply")
	for range 2 {
		result, err := paunch.Apply(context.Background(), req)
		if err != nil {
			fmt.Println(err)
			return
		}
		fmt.Println(result.Msg)
	}
	fmt.Println(engine.Names())
	// Output:
	// identity: 1 created
	// identity: 1 unchanged
	// [keystone]
}

func ExamplePlan() {
	req, engine := exampleRequest("plan")
	result, err := paunch.Plan(context.Background(), req)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(result.Changed, result.Containers[0].Action, engine.Names())
	// Output: true created []
}

func ExampleList() {
	req, engine := exampleRequest("list")
	if _, err := paunch.Apply(context.Background(), req); err != nil {
		fmt.Println(err)
		return
	}
	listed, err := paunch.List(context.Background(), paunch.ListRequest{ManagedBy: req.ManagedBy, Engine: engine})
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, c := range listed {
		fmt.Println(c.ConfigID, c.Name, c.Image, c.Status, c.Wanted)
	}
	// Output: identity keystone registry.example/keystone:1 running running
}

func ExampleDebug() {
	req, _ := exampleRequest("debug")
	debugged, err := paunch.Debug(context.Background(), paunch.DebugRequest{Request: req, Container: "keystone", Shell: true})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(debugged.Command[:2], debugged.Command[len(debugged.Command)-2:])
	// Output: [podman run] [registry.example/keystone:1 /bin/bash]
}

func ExampleCleanup() {
	req, engine := exampleRequest("cleanup")
	if _, err := paunch.Apply(context.Background(), req); err != nil {
		fmt.Println(err)
		return
	}
	req.Config, req.ConfigID, req.KeepConfigIDs = nil, "", []string{"storage"}
	result, err := paunch.Cleanup(context.Background(), req)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(result.ChangedContainers, engine.Names())
	// Output: [keystone] []
}

func ExampleDelete() {
	req, engine := exampleRequest("delete")
	for _, do := range []func(context.Context, paunch.Request) (*paunch.Result, error){paunch.Apply, paunch.Delete} {
		if _, err := do(context.Background(), req); err != nil {
			fmt.Println(err)
			return
		}
	}
	fmt.Println(engine.Names())
	// Output: []
}

func ExampleEvent() {
	req, _ := exampleRequest("events")
	req.Progress = func(e paunch.Event) {
		if e.Done {
			fmt.Println(e.Action, e.Name)
		}
	}
	if _, err := paunch.Apply(context.Background(), req); err != nil {
		fmt.Println(err)
	}
	// Output: created keystone
}

func ExampleRunError() {
	req, _ := exampleRequest("errors")
	req.Config = map[string]any{"keystone": map[string]any{"image": "registry.example/keystone:1", "detach": "perhaps"}}
	_, err := paunch.Apply(context.Background(), req)
	var problem *paunch.ConfigError
	if errors.Is(err, paunch.ErrInvalidConfig) && errors.As(err, &problem) {
		fmt.Println(problem.Container, problem.Key)
	}
	// Output: keystone detach
}

func ExampleKeys() {
	req, _ := exampleRequest("keys")
	keys, err := paunch.Keys(paunch.DebugRequest{Request: req, Container: "keystone", User: "root"})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(keys["image"], keys["user"])
	// Output: registry.example/keystone:1 root
}
