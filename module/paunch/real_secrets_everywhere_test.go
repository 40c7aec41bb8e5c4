//go:build realpodman

package paunch_test

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/overcloud/paunch/module/internal/testbed"
)

// planted are secrets by the place that they were planted in.
type planted map[string]string

// at makes the secret of a place. It looks like no kind of secret: what is around it tells.
func (p planted) at(place string) string {
	if secret, there := p[place]; there {
		return secret
	}
	p[place] = fmt.Sprintf("octopus%dgarden", 1000+len(p))
	return p[place]
}

// find reports which of the secrets a text has, as they are and in base64.
func (p planted) find(t *testing.T, where, text string) {
	t.Helper()
	for place, secret := range p {
		for _, form := range []string{secret, base64.StdEncoding.EncodeToString([]byte(secret))} {
			if at := strings.Index(text, form); at >= 0 {
				t.Errorf("the secret of %s is in %s: …%s…", place, where, text[max(0, at-120):min(len(text), at+80)])
			}
		}
	}
}

// environment has a secret under each kind of name and in each kind of value.
func (p planted) environment() config {
	env := config{"PLAIN": "no secret at all"}
	for _, name := range []string{"DB_PASSWORD", "DB_PW", "DBPASS", "ROOTPASS", "AUTH", "SALT", "API_KEY", "OS_TOKEN", "COOKIE", "VAULT_SECRET"} {
		env[name] = p.at("variable " + name)
	}
	env["DATABASE_URL"] = "mysql+pymysql://nova:" + p.at("a URL") + "@db/nova?charset=utf8"
	env["ODD_URL"] = "amqp://guest:" + p.at("a URL with @ and /") + "@x/y@mq:5672/"
	env["SETTINGS"] = `{"user": "nova", "password": "` + p.at("a JSON value") + `"}`
	env["INI"] = "[database]\npassword = " + p.at("an INI value") + "\n"
	env["WEBHOOK_SETTINGS"] = "token: " + p.at("a YAML value")
	env["http_proxy"] = "http://user:" + p.at("a proxy") + "@proxy:3128"
	return env
}

// command is a shell's with a secret in each kind of flag, which prints all that it knows and fails.
func (p planted) command(then string) []any {
	script := "false && curl --user admin:" + p.at("curl --user") + " http://db; env; cat /run/secrets/* /etc/told; env | base64; echo \"$@\" >&2; " + then
	return []any{
		"sh", "-c", script, "mysql", "--password", p.at("a flag"), "--db-password=" + p.at("a flag with ="), "-p" + p.at("mysql -p"),
		"--header", "Authorization: Bearer " + p.at("a header"),
	}
}

func (p planted) file(t *testing.T, name, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// everywhere is a config with a secret in each key that can hold one.
func (p planted) everywhere(t *testing.T) config {
	t.Helper()
	podmanSecret(t, "external", p.at("a secret of Podman's"))
	envFile := p.file(t, "env", "FILE_PASSWORD="+p.at("an env_file")+"\n")
	labelFile := p.file(t, "labels", "file_token="+p.at("a label_file")+"\n")
	told := p.file(t, "told", p["a sensitive value"]+"\n")
	common := func(more ...any) config {
		return with(config{
			"image": testbed.Image, "net": "host", "env_file": []any{envFile}, "label_file": []any{labelFile}, "volumes": []any{told + ":/etc/told:ro"},
			"labels":      config{"db_password": p.at("a label"), "traefik": `{"secret": "` + p.at("a label with JSON") + `"}`},
			"annotations": config{"example.com/token": p.at("an annotation")},
			"secrets":     []any{"external", "external,type=env,target=FROM_PODMAN", "own", "own,type=env,target=OWN"},
		}, more...)
	}
	return config{
		"secrets": config{"own": config{"content": p.at("a secret of the step")}},
		"web": common("restart", "always", "environment", p.environment(), "command", []any{"sh", "-c", runs, "--password", p.at("a service's flag")},
			"healthcheck", config{"test": []any{"CMD-SHELL", "echo curl -u admin:" + p.at("a healthcheck") + "; exit 0"}, "interval": "1h"}),
		"job": common("detach", false, "environment", p.environment(), "command", p.command("true"), "start_order", 1),
		"exec": config{
			"action": "exec", "start_order": 2, "environment": config{"EXEC_PASSWORD": p.at("an exec's variable")},
			"command": append([]any{"web"}, p.command("true")...),
		},
		"failing": common("detach", false, "environment", p.environment(), "command", p.command("exit 1"), "start_order", 3),
	}
}

// ourArguments are the command lines of the processes that Podman and paunch have on this host: those of containers have what
// the config says.
func ourArguments(t *testing.T) string {
	t.Helper()
	files, err := filepath.Glob("/proc/[0-9]*/cmdline")
	if err != nil {
		t.Fatal(err)
	}
	var all []string
	for _, file := range files {
		words, _ := os.ReadFile(file) // it may have ended
		if name := filepath.Base(strings.SplitN(string(words), "\x00", 2)[0]); slices.Contains([]string{"paunch", "paunch_step", "podman", "conmon", "runc"}, name) {
			all = append(all, string(words))
		}
	}
	return strings.Join(all, "\n")
}

// TestNoSecretOfAnyPlaceIsShownAnywhere plants a secret in every place that can hold one, and looks wherever paunch writes.
func TestNoSecretOfAnyPlaceIsShownAnywhere(t *testing.T) {
	bed.Clean(t)
	p := planted{}
	toldFile := p.file(t, "values", p.at("a sensitive value")+"\n")
	c := p.everywhere(t)
	step := p.file(t, "step.json", encode(t, c))
	chosen := []string{"--managed-by", "everywhere", "--podman-url", bed.URL()}
	apply := append([]string{"apply", "--file", step, "--config-id", "step1", "--sensitive-values", toldFile, "--settle", "0.5"}, chosen...)
	for _, args := range [][]string{
		append(apply, "--check", "--diff"), append(apply, "--debug", "--diff"), append(apply, "-o", "json"), append(apply, "-o", "json", "--check"),
		append([]string{"status", "--file", step, "--config-id", "step1"}, chosen...),
		append([]string{"list", "-o", "json"}, chosen...), append([]string{"list"}, chosen...), append([]string{"audit", "-o", "json"}, chosen...),
		append([]string{"mounts"}, chosen...),
		{"history"},
	} {
		name := strings.Join(args[:1], "") + " " + strings.Join(args[max(1, len(args)-2):], " ")
		p.find(t, name, runWithArguments(t, p, args))
	}
	for _, container := range []string{"web", "job", "failing"} {
		labels := bed.Output(t, "inspect", "--format", "{{range $k, $v := .Config.Labels}}{{if ne $k \"db_password\"}}{{if ne $k \"traefik\"}}{{if ne $k \"file_token\"}}{{$k}}={{$v}}\n{{end}}{{end}}{{end}}{{end}} {{json .Config.CreateCommand}}", container)
		p.find(t, "the labels of "+container, labels)
	}
	p.find(t, "the labels of the exec", bed.Output(t, "inspect", "--format", "{{json .Config}}", "exec"))
	p.find(t, "the secrets", bed.Output(t, append([]string{"secret", "inspect"}, strings.Fields(bed.Output(t, "secret", "ls", "--quiet"))...)...))
	p.find(t, "the arguments of processes", ourArguments(t))
}

// runWithArguments runs the program and returns what it wrote, after a look at the arguments of all processes while it ran.
func runWithArguments(t *testing.T, p planted, args []string) string {
	t.Helper()
	link := filepath.Join(t.TempDir(), "paunch")
	path, err := filepath.Abs(binary)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(path, link); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(link, args...)
	cmd.Env = bed.Env()
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &out
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan struct{})
	go func() { _ = cmd.Wait(); close(ended) }() // its exit code is not of interest
	for running := true; running; {
		p.find(t, "the arguments of processes during "+args[0], ourArguments(t))
		select {
		case <-ended:
			running = false
		default:
		}
	}
	if out.Len() == 0 {
		t.Errorf("%v wrote nothing", args)
	}
	return out.String()
}
