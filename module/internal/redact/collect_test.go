package redact_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/overcloud/paunch/module/internal/config"
	"github.com/overcloud/paunch/module/internal/redact"
)

// S represents the secret in the tables below, N for a value that is none.
const (
	secretS  = "Zx9Qw7Er5Ty3"
	harmless = "plain"
)

func filled(text string) string {
	return strings.NewReplacer("SECRET", secretS, "PLAIN", harmless).Replace(text)
}

// structured are values of variables with names that tell nothing.
var structured = []string{
	`{"user": "PLAIN", "password": "SECRET"}`, `{"a": [{"b": {"db_pw": "SECRET"}}]}`, `{'password': 'SECRET', 'port': 3306}`, `{u'password': u'SECRET'}`,
	`{"password":"SECRET"`, `{\"password\": \"SECRET\"}`, `{"inner": "{\"password\": \"SECRET\"}"}`, `[{"name": "DB_PASSWORD", "value": "SECRET"}]`,
	`{"auths": {"reg": {"auth": "SECRET"}}}`, "password: SECRET", "password: SECRET\nuser: PLAIN\n", "db:\n  password: 'SECRET'\n  host: PLAIN\n", "- token: SECRET\n",
	"[db]\npassword = SECRET\n", "[db]\npassword=SECRET\nuser=PLAIN", "password : SECRET", "password => 'SECRET',", `password = "SECRET"`, "export DB_PASSWORD=SECRET\n",
	"Server=h;User Id=PLAIN;Password=SECRET;", "host=h password=SECRET user=PLAIN", "host=h password='SECRET' user=PLAIN", "jdbc:mysql://h/db?user=PLAIN&password=SECRET",
	"https://h/x?access_token=SECRET&a=b", "https://h/x?a=b&sig=SECRET#f", "<password>SECRET</password>", "mysql://u:SECRET@h/db", "mysql+pymysql://u:SECRET@h/db?charset=utf8",
	"redis://:SECRET@h:6379/0", "mysql://u:p@SECRET@h/db", "mysql://u:p/SECRET@h/db", "mysql://u:SECRET/x@h/db?a=b@c", "mysql://u:x#SECRET@h", "amqp://u:p?SECRET@h/",
	"rabbit://u:SECRET@h1:5672,u:other1@h2:5672//", "rabbit://u:other1@h1:5672,u:SECRET@h2:5672//", "mongodb://u:SECRET@h1,h2,h3/db", "u:SECRET@tcp(h:3306)/db",
	"https://SECRETSECRET@github.com/x", "see mysql://u:SECRET@h/db, or ask", "'mysql://u:SECRET@h/db'", "Authorization: Bearer SECRET", "X-Auth-Token: SECRET",
	"-----BEGIN RSA PRIVATE KEY-----\nSECRET\n-----END RSA PRIVATE KEY-----", "machine h login PLAIN password SECRET", "CREATE USER a IDENTIFIED BY 'SECRET'",
	"ALTER ROLE a WITH PASSWORD 'SECRET'", "SET PASSWORD = PASSWORD('SECRET')", "-Dpassword=SECRET -Xmx1g", "--db-password SECRET", "ssl=on password=SECRET",
	"{% set x = 1 %}\npassword: SECRET", "PLAIN\npassword: >-\n  SECRET\nuser: PLAIN", "DB_PASSWORD=SECRET,USER=PLAIN", "{password: SECRET, user: PLAIN}", "root:SECRET | chpasswd",
	"transport_url = rabbit://u:SECRET@h//", "connection=mysql://u:SECRET@h/d", "cookie: a=SECRET", "Cookie: session=SECRET; x=y", "api-key: SECRET", "x_api_key=SECRET",
	"password \t=\t SECRET", "PASSWORD:SECRET", "admin_password = SECRET # set by hand", `"password" : "SECRET"`, "client.admin key = SECRET", "pass=SECRET", "pwd=SECRET;",
}

func TestSecretsInsideOfValuesAreFound(t *testing.T) {
	r := redact.NewRules(nil)
	for _, text := range structured {
		value := filled(text)
		e, _, err := config.DecodeEntry("x", "", map[string]any{"image": "i", "environment": map[string]any{"CONF": value}}, config.Options{})
		if err != nil {
			t.Fatal(err)
		}
		found := r.Secrets(e)
		if !slices.ContainsFunc(found, func(s string) bool { return strings.Contains(s, secretS) }) {
			t.Errorf("%q: found %q", text, found)
		}
		if slices.Contains(found, harmless) {
			t.Errorf("%q: %q is no secret", text, harmless)
		}
		m := redact.NewMasker(r, redact.Known{Found: found})
		for _, key := range []string{"env", "label", "annotation"} {
			if got := m.Values(key, []string{"CONF=" + value}); strings.Contains(got[0], secretS) {
				t.Errorf("%q: %s=%q", text, key, got)
			}
		}
	}
}

// commands are commands as lists, with the secret wherever programs take one.
var commands = [][]string{
	{"tool", "--password", "SECRET"},
	{"tool", "--password=SECRET"},
	{"tool", "-password", "SECRET"},
	{"tool", "--db-pw", "SECRET"},
	{"tool", "--api-key=SECRET"},
	{"mysql", "-uroot", "-pSECRET"},
	{"/usr/bin/mysqladmin", "-pSECRET", "ping"},
	{"mysql", "-p", "SECRET"},
	{"tool", "-p", "SECRET"},
	{"tool", "-pSECRET"},
	{"sshpass", "-p", "SECRET", "ssh", "h"},
	{"sshpass", "-pSECRET", "ssh", "h"},
	{"mongosh", "-p", "SECRET"},
	{"redis-cli", "-a", "SECRET"},
	{"ldapsearch", "-w", "SECRET"},
	{"ipmitool", "-P", "SECRET"},
	{"curl", "-u", "PLAIN:SECRET", "h"},
	{"curl", "-uPLAIN:SECRET"},
	{"curl", "--user", "PLAIN:SECRET"},
	{"curl", "--proxy-user=PLAIN:SECRET", "h"},
	{"sh", "-c", "curl --user PLAIN:SECRET h"},
	{"skopeo", "copy", "--src-creds", "PLAIN:SECRET", "a", "b"},
	{"podman", "pull", "--creds=PLAIN:SECRET", "a"},
	{"curl", "--user", "PLAIN", "-H", "X-Auth-Token: SECRET"},
	{"curl", "-H", "Authorization: Bearer SECRET"},
	{"curl", "-H", "authorization: bearer SECRET"},
	{"curl", "--header=X-Auth-Token: SECRET"},
	{"curl", "-HX-Auth-Token:SECRET"},
	{"curl", "-H", "X-Api-Key:SECRET"},
	{"curl", "-H", "Cookie: a=SECRET; b=c"},
	{"curl", "-H", "Authorization: Basic cm9vdDpTRUNSRVQx"},
	{"smbclient", "-U", "PLAIN%SECRET"},
	{"openssl", "rsa", "-passin", "pass:SECRET"},
	{"rabbitmqctl", "add_user", "PLAIN", "SECRET"},
	{"rabbitmqctl", "change_password", "PLAIN", "SECRET"},
	{"htpasswd", "-cb", "file", "PLAIN", "SECRET"},
	{"crudini", "--set", "f", "db", "password", "SECRET"},
	{"env", "DB_PASSWORD=SECRET", "tool"},
	{"env", "X=y", "PASS=SECRET", "tool"},
	{"sh", "-c", "PASS=SECRET tool"},
	{"sh", "-c", "PASS='SECRET' tool"},
	{"sh", "-c", "export DB_PW=SECRET; tool"},
	{"sh", "-c", "tool --password SECRET && tool2"},
	{"sh", "-c", "tool --password 'SECRET'"},
	{"sh", "-c", "tool --password=\"SECRET\""},
	{"sh", "-c", "mysql -pSECRET -e 'select 1'"},
	{"sh", "-c", "mysql -p'SECRET'"},
	{"sh", "-c", "tool -p SECRET"},
	{"sh", "-c", "(echo; tool -p SECRET)"},
	{"sh", "-c", "x=$(tool --token SECRET)"},
	{"sh", "-c", "x=\"$(tool --token SECRET)\""},
	{"sh", "-c", "bash -c 'tool --token SECRET'"},
	{"sh", "-c", "bash -c \"bash -c 'PASS=SECRET tool'\""},
	{"sh", "-c", "curl -u PLAIN:SECRET h | jq ."},
	{"sh", "-lc", "curl -H 'X-Auth-Token: SECRET' h"},
	{"sh", "-c", "curl -H \"Authorization: Bearer SECRET\" h"},
	{"sh", "-c", "echo 'root:SECRET' | chpasswd"},
	{"sh", "-c", "cat <<E >f\n[db]\npassword = SECRET\nE\n"},
	{"sh", "-c", "echo '{\"password\": \"SECRET\"}' > f"},
	{"sh", "-c", "tool mysql://u:SECRET@h/db"},
	{"sh", "-c", "${PASS:-SECRET}"},
	{"sh", "-c", "PASS=${PASS:-SECRET}; tool"},
	{"sh", "-c", "tool \\\n  --password \\\n  SECRET"},
	{"sh", "-c", "if x; then tool --password SECRET; fi"},
	{"python", "-c", "connect(password='SECRET')"},
	{"tool", "mysql://u:SECRET@h/db"},
	{"tool", "{\"password\": \"SECRET\"}"},
	{"java", "-Djavax.net.ssl.keyStorePassword=SECRET"},
	{"tool", "DB_PASSWORD:SECRET"},
	{"tool", "password", "SECRET"},
	{"keystone-manage", "bootstrap", "--bootstrap-password", "SECRET"},
	{"tool", "--auth", "SECRET"},
	{"tool", "--auth-token", "SECRET"},
	{"snmpget", "-c", "SECRET", "h"},
}

func TestSecretsInCommandsAreFoundWhereverTheyMayBe(t *testing.T) {
	r := redact.NewRules(nil)
	for _, command := range commands {
		words := make([]any, len(command))
		texts := make([]string, len(command))
		for i, w := range command {
			texts[i] = filled(w)
			words[i] = texts[i]
		}
		line := quoted(texts)
		for name, keys := range map[string]map[string]any{
			"command": {"command": words}, "command line": {"command": line}, "entrypoint": {"entrypoint": words},
			"entrypoint and command": {"entrypoint": words[:1], "command": words[1:]},
			"healthcheck":            {"healthcheck": map[string]any{"test": append([]any{"CMD"}, words...)}},
			"healthcheck script":     {"healthcheck": map[string]any{"test": line}},
			"healthcheck shell":      {"healthcheck": map[string]any{"test": []any{"CMD-SHELL", line}}},
			"health_cmd":             {"health_cmd": words}, "health_startup_cmd": {"health_startup_cmd": line, "health_cmd": "true"},
			"pre_stop_exec": {"pre_stop_exec": line}, "exec": {"action": "exec", "command": append([]any{"target"}, words...)},
		} {
			if name == "pre_stop_exec" && strings.Contains(line, "\n") {
				continue // systemd takes one line
			}
			if name != "exec" {
				keys["image"] = "i"
			}
			e, _, err := config.DecodeEntry("x", "", keys, config.Options{})
			if err != nil {
				t.Fatalf("%s %q: %v", name, command, err)
			}
			found := r.Secrets(e)
			if !slices.ContainsFunc(found, func(s string) bool { return strings.Contains(s, secretS) || s == "SECRET1" }) {
				t.Errorf("%s %q: found %q", name, command, found)
			}
		}
		if got := strings.Join(redact.NewMasker(r, redact.Known{}).Words(texts), " "); strings.Contains(got, secretS) {
			t.Errorf("%q is shown as %q", command, got)
		}
	}
}

func quoted(words []string) string {
	out := make([]string, len(words))
	for i, w := range words {
		out[i] = "'" + strings.ReplaceAll(w, "'", `'\''`) + "'"
	}
	return strings.Join(out, " ")
}

// innocent are commands without a secret.
var innocent = [][]string{
	{"tool", "-p", "8080:80/tcp"},
	{"ssh", "-p", "2222", "h"},
	{"mkdir", "-p", "/var/lib/x"},
	{"nc", "-p", "5432"},
	{"find", "/", "-perm", "-u=s", "-path", "x"},
	{"sh", "-c", "tool --password \"$DB_PASSWORD\" -p$PW --token=${TOKEN}"},
	{"sh", "-c", "PASS=$(cat /run/secrets/x) tool"},
	{"sh", "-c", "PASS=`cat f`; tool"},
	{"tool", "--password-file", "/run/secrets/x"},
	{"tool", "--auth-url", "http://h:5000/v3"},
	{"tool", "--key", "/etc/pki/tls/private/x.key"},
	{"mysql", "-uroot", "-p"},
	{"curl", "-u", "joe", "http://h/"},
	{"curl", "http://h:8080/a@b"},
	{"keystone-manage", "fernet_setup", "--keystone-user", "keystone"},
	{"tool", "token", "list"},
	{"openstack", "secret", "store", "--name", "x"},
	{"docker", "run", "-p", "127.0.0.1:80:80", "registry:5000/auth-token:1.2.3"},
	{"mysqldump", "-p", "nova"},
	{"tool", "--no-password"},
	{"tool", "--password", "--user", "x"},
	{"sleep", "3600"},
	{"kolla_start"},
	{"sh", "-c", "while :; do sleep 1; done"},
	{"tool", "--token-ttl", "3600"},
}

func TestCommandsWithoutSecretsAreLeftAlone(t *testing.T) {
	r := redact.NewRules(nil)
	m := redact.NewMasker(r, redact.Known{})
	for _, command := range innocent {
		if got := m.Words(command); !slices.Equal(got, command) {
			t.Errorf("%q is shown as %q", command, got)
		}
	}
}

func TestACommonWordIsMaskedOnlyUnderItsName(t *testing.T) {
	m := redact.NewMasker(redact.NewRules(nil), redact.Known{Found: []string{"admin", "ab"}})
	for _, c := range []struct {
		key          string
		values, want []string
	}{
		{"env", []string{"A_PASSWORD=admin", "USER=admin"}, []string{"A_PASSWORD=********", "USER=********"}},
		{"env", []string{"USER=admin", "B=ab"}, []string{"USER=admin", "B=ab"}},
		{"env", []string{"A_PASSWORD=ab", "B=table"}, []string{"A_PASSWORD=********", "B=table"}},
		{"command", []string{"mysql", "-uadmin", "-pab", "table"}, []string{"mysql", "-uadmin", "-p********", "t********le"}},
		{"image", []string{"registry/admin:ab"}, []string{"registry/admin:ab"}},
	} {
		if got := m.Values(c.key, c.values); !slices.Equal(got, c.want) {
			t.Errorf("%s %q is shown as %q", c.key, c.values, got)
		}
	}
}

func TestKnownFormatsAreMaskedInFreeText(t *testing.T) {
	m := redact.NewMasker(redact.NewRules(nil), redact.Known{})
	for _, text := range []string{
		"got eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJTRUNSRVQifQ.c2lnbmF0dXJlSECRET end", "X gAAAAABlZx9Qw7Er5Ty3AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA== end",
		"push ghp_Zx9Qw7Er5Ty3Zx9Qw7Er5Ty3 end", "AKIAIOSFODNN7EXAMPL1 end", "hash $6$salt$Zx9Qw7Er5Ty3Zx9Qw7Er5Ty3 end", "{SSHA}Zx9Qw7Er5Ty3Zx9Q end",
		"glpat-Zx9Qw7Er5Ty3Zx9Qw7 end", "Authorization: Bearer Zx9Qw7Er5Ty3 end", "proxy-authorization: basic cm9vdDpTRUNSRVQ= end", "https://hooks.slack.com/services/T0/B0/Zx9Qw7Er5Ty3 end",
		"{\"password\": \"Zx9Qw7Er5Ty3\"} end", "'token': 'Zx9Qw7Er5Ty3' end", "password=Zx9Qw7Er5Ty3 end", "--password Zx9Qw7Er5Ty3 end", "password: Zx9Qw7Er5Ty3 end",
		"amqp://u:Zx9Qw7Er5Ty3@h:5672 end", "X-Auth-Token: Zx9Qw7Er5Ty3 end", "<secret>Zx9Qw7Er5Ty3</secret> end", "x\nZx9Qw7Er5Ty3Zx9Qw7Er5Ty3\nZx9Qw7Er5Ty3\n-----END PRIVATE KEY----- end",
	} {
		got := m.Text(text)
		if strings.Contains(got, secretS) || !strings.Contains(got, redact.Mask) || !strings.Contains(got, "end") {
			t.Errorf("%q became %q", text, got)
		}
	}
}
