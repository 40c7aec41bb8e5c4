package config

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func loadText(t *testing.T, text string, strict bool) (Step, error) {
	t.Helper()
	file := filepath.Join(t.TempDir(), "step.yml")
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return Load(Options{Path: file, Strict: strict})
}

func TestSectionsHoldResourcesAndContainersMayHaveTheirNames(t *testing.T) {
	step, err := loadText(t, `
volumes: {image: x, command: "true", volumes: ["data:/d"]}
networks: {back: {subnet: 10.1.0.0/24}, plain: null}
secrets: {image: y, environment: {A: b}}
`, true)
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, e := range step.Entries {
		names = append(names, "container "+e.Name)
	}
	for _, r := range step.Resources {
		names = append(names, string(r.Kind)+" "+r.Name)
	}
	if got := strings.Join(names, ", "); got != "container volumes, container secrets, network back, network plain, volume data" {
		t.Error(got)
	}
}

func TestAFileOfADirectoryMayHoldResources(t *testing.T) {
	dir := t.TempDir()
	for name, text := range map[string]string{"shared.yml": "volumes: {data: {}}\nsecrets: {pw: {file: pw.txt}}", "web.yml": "{image: x, restart: always}", "volumes.yml": "{image: x, restart: always}"} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	step, err := Load(Options{Path: dir})
	if err != nil || len(step.Entries) != 2 || len(step.Resources) != 2 {
		t.Fatalf("%+v %v", step, err)
	}
	if got := step.Resources[0].SourceFile; got != filepath.Join(dir, "pw.txt") {
		t.Errorf("the secret's file is %s", got)
	}
}

func TestWrongResourcesAreAllReported(t *testing.T) {
	for text, want := range map[string]string{
		"networks: {a: {subnet: 10.1.0.0}}":                               "CIDR notation",
		"networks: {a: {subnet: 10.1.0.0/24, gateway: 10.2.0.1}}":         "an address of the subnet",
		"networks: {a: {subnet: 10.1.0.0/24, ip_range: 10.0.0.0/8}}":      "a part of the subnet",
		"networks: {a: {subnets: [{subnt: 1}]}}":                          `unknown key "subnt"`,
		"networks: {a: {internal: maybe}}":                                `key "internal"`,
		"volumes: {a: {drivr: local}}":                                    `unknown key "drivr": did you mean`,
		"volumes: {a: {labels: {managed_by: me}}}":                        "is reserved",
		"volumes: {\"a b\": {}}":                                          "invalid name",
		"volumes: {a: {options: [x]}}":                                    "expected a mapping",
		"secrets: {a: {}}":                                                "exactly one of file and content",
		"secrets: {a: {file: /x, content: y}}":                            "exactly one of file and content",
		"secrets: {a: {external: true, content: y}}":                      "contradicts",
		"secrets: {a: {content: ''}}":                                     "is empty",
		"secrets: {a: {content: " + strings.Repeat("x", MaxSecret) + "}}": "Podman takes less than 512000",
		"pods: {a: {}}":                                                   "pods are not made by a step",
	} {
		_, err := loadText(t, text+"\nweb: {image: x}", true)
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%.60s: %v", text, err)
		}
	}
}

func TestASecretKeepsItsNameInsideOfTheContainer(t *testing.T) {
	e, _, err := DecodeEntry("web", "", map[string]any{"image": "x", "secrets": []any{"pw", "key,target=/k", "e,type=env", "other"}}, Options{})
	if err != nil {
		t.Fatal(err)
	}
	got := e.WithSecretNames(func(name string) string {
		if name == "other" {
			return name
		}
		return name + "-1"
	}).Option("secret")
	want := "pw-1,target=pw key-1,target=/k e-1,type=env,target=e other"
	if strings.Join(got, " ") != want {
		t.Errorf("%s, not %s", strings.Join(got, " "), want)
	}
}
