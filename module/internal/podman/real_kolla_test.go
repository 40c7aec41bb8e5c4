//go:build realpodman

package podman

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/overcloud/paunch/module/internal/apply"
	"github.com/overcloud/paunch/module/internal/config"
)

// kollaService is a service in the words of kolla_container, and what its worker for Podman has created for it, in
// podman's: the host's network, AUDIT_WRITE where it is not privileged, binds that are private unless shared, devpts as a
// mount of its own, durations in seconds, and neither tmpfs nor the limits of its defaults.
type kollaService struct{ service, words string }

func kollaServices() map[string]kollaService {
	return map[string]kollaService{
		"api": {
			`{"image": "IMAGE", "command": "sleep 1000", "volumes": ["DIR/api/:/var/lib/kolla/config_files/:ro", "/etc/hosts:/etc/hosts:ro", "", "kolla_logs:/var/log/kolla/"],
			"environment": {"KOLLA_CONFIG_STRATEGY": "COPY_ALWAYS", "RETRIES": 3}, "dimensions": {}, "labels": {"service": "api"},
			"healthcheck": {"interval": "30", "retries": "3", "start_period": "5", "test": ["CMD-SHELL", "true"], "timeout": "10"}}`,
			`--network host --cap-add AUDIT_WRITE --volume DIR/api/:/var/lib/kolla/config_files/:ro,rprivate
			--volume /etc/hosts:/etc/hosts:ro,rprivate --volume kolla_logs:/var/log/kolla/:rw
			--env KOLLA_CONFIG_STRATEGY=COPY_ALWAYS --env RETRIES=3 --label service=api --health-cmd true --health-interval 30s --health-retries 3
			--health-start-period 5s --health-timeout 10s IMAGE sleep 1000`,
		},
		"db": {
			`{"image": "IMAGE", "command": "sleep 1000", "volumes": ["mariadb:/var/lib/mysql"], "graceful_timeout": 60, "cap_add": ["SYS_NICE"], "tty": true, "ipc_mode": "host", "pid_mode": "",
			"dimensions": {"mem_limit": "64m", "cpu_shares": 512, "ulimits": {"nofile": {"soft": 1000, "hard": 2000}, "RLIMIT_NPROC": {"soft": 5, "hard": 5}}}, "security_opt": []}`,
			`--network host --cap-add SYS_NICE --cap-add AUDIT_WRITE --volume mariadb:/var/lib/mysql:rw --stop-timeout 60 --tty --ipc host --memory 64m --cpu-shares 512
			--ulimit nofile=1000:2000 IMAGE sleep 1000`,
		},
		"libvirt": {
			`{"image": "IMAGE", "command": "sleep 1000", "privileged": true, "pid_mode": "host", "cgroupns_mode": "host", "volumes": ["DIR/run/:/run/kolla:shared", "DIR/dev:/dev/kolla", "devpts:/dev/pts"]}`,
			`--network host --privileged --pid host --cgroupns host --volume DIR/run/:/run/kolla:shared
			--volume DIR/dev:/dev/kolla:rw --mount type=devpts,target=/dev/pts IMAGE sleep 1000`,
		},
	}
}

func TestAServiceOfKollaMakesTheContainerThatKollaMakes(t *testing.T) {
	dir := t.TempDir()
	for _, name := range []string{"api", "run", "dev"} {
		if err := os.Mkdir(filepath.Join(dir, name), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	o := newOracle(t)
	for _, volume := range []string{"kolla_logs", "mariadb"} {
		bed.Output(t, "volume", "create", volume)
	}
	fill := strings.NewReplacer("IMAGE", "localhost/busybox:latest", "DIR", dir)
	for name, s := range kollaServices() {
		t.Run(name, func(t *testing.T) {
			var service map[string]any
			if err := json.Unmarshal([]byte(fill.Replace(s.service)), &service); err != nil {
				t.Fatal(err)
			}
			step, err := config.Load(config.Options{Inline: map[string]any{name: service}, Dialect: config.DialectKolla})
			if err != nil || len(step.Entries) != 1 {
				t.Fatal(err)
			}
			bed.Output(t, append([]string{"create", "--name", "q-" + name}, strings.Fields(fill.Replace(s.words))...)...)
			byCLI := o.made(t, "q-"+name, nil)
			_, err = o.client.Create(t.Context(), apply.CreateRequest{Entry: step.Entries[0], Name: "p-" + name, NoRestartPolicy: true})
			overAPI := o.made(t, "p-"+name, err)
			if overAPI.err != nil {
				t.Fatal(overAPI.err)
			}
			if diff := differences(byCLI, overAPI); diff != "" {
				t.Error("\n" + diff)
			}
		})
	}
}
