// Package paunchtest has a container engine in memory, for the tests of programs that use package paunch: no Podman is
// needed, and nothing on the host changes.
//
//	engine := paunchtest.New("registry.example/keystone:1")
//	req := paunch.Defaults()
//	req.Engine = engine
package paunchtest
