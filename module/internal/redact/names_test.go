package redact_test

import (
	"testing"

	"github.com/overcloud/paunch/module/internal/redact"
)

// sealed are variables that are secrets; open are those that look like some and are none.
var (
	sealed = []string{
		"DB_PASSWORD=x1", "DB_PW=Qx7", "DBPW=Qx7", "DBPASS=Qx7", "ROOTPASS=Qx7", "MYSQL_ROOT_PASS=Qx7", "PASS=Qx7", "pass=Qx7", "MYSQL_PWD=Qx7",
		"pwd=Qx7", "PASS1=Qx7", "DB_PW_2=Qx7", "PW_ADMIN=Qx7", "adminPw=Qx7", "PASS_WORD=Qx7", "AUTH=Qx7", "REDIS_AUTH=Qx7", "BASIC_AUTH=joe:Qx7y",
		"SALT=Qx7", "PASSWORD_SALT=Qx7", "SSH_KEY=Qx7", "API_KEY=Qx7", "apiKey=Qx7", "APIKEY=Qx7", "KEY=Qx7", "FERNET_KEYS=Qx7", "PIN=4711", "OTP=123456",
		"JWT=Qx7", "WPA_PSK=Qx7", "CLIENT_SECRET=Qx7", "VAULT_SECRET_ID=Qx7", "TOKEN_ID=Qx7", "AWS_ACCESS_KEY_ID=Qx7", "ERLANG_COOKIE=Qx7",
		"RABBITMQ_CLUSTER_COOKIE=Qx7", "GPG_PASSPHRASE=Qx7", "DB_PASSWORD_HASH=Qx7", "CREDS=Qx7", "PASSWORD=admin", "PASSWORD=keystone",
		"PASSWORD=123", "AUTHORIZATION=Qx7", "requirepass=Qx7", "masterauth=Qx7", "javax.net.ssl.keyStorePassword=Qx7", "x-auth-token=Qx7",
		"KEY_DATA=aB3dE5fG7h", "AUTH_STRING=aB3dE5fG7h", "PASSWORD_NAME=aB3dE5fG7h", "SLACK_WEBHOOK=aB3dE5fG7h", "KEY=/9j4AAQSkZJRgABAQEASABIAAD==",
	}
	open = []string{
		"KEYSTONE_URL=http://10.0.0.1:5000/v3", "KEYSTONE_ADMIN_USER=aB3dE5fG7h", "KEY_MANAGER=barbican", "KEY_MANAGER=aB3dE5fG7h", "key_manager=x",
		"OS_AUTH_URL=http://keystone:5000/v3", "AUTH_URL=https://h/", "AUTH_TYPE=password", "AUTH_STRATEGY=keystone", "AUTH_ENABLED=true",
		"AUTH=https://keystone:5000/v3", "AUTH=false", "AUTHOR=Jane.Doe42", "AUTHORITY=aB3dE5fG7h", "OS_AUTHORITY=aB3dE5fG7h", "AUTHENTICATION=aB3dE5fG7h",
		"TOKENIZER=sentencepiece", "TOKENIZER_MODEL=aB3dE5fG7h", "TOKENIZERS_PARALLELISM=4", "TOKEN_TTL=3600", "TOKEN_EXPIRATION=86400", "MAX_TOKENS=4096",
		"TOKENS_PER_MINUTE=60", "PASSTHROUGH=aB3dE5fG7h", "PASS_THROUGH=all", "BYPASS=aB3dE5fG7h", "COMPASS=aB3dE5fG7h", "HTTP_BYPASS=10.0.0.0/8",
		"PASSENGER_ROOT=aB3dE5fG7h", "PASSIVE=aB3dE5fG7h", "PASSWORD_FILE=/run/secrets/db", "DB_PASSWORD=/run/secrets/db", "SSL_KEY=/etc/pki/tls/private/host.key",
		"SSL_KEY_FILE=/etc/pki/key.pem", "SSH_KEY_PATH=~/.ssh/id_rsa", "PRIVATE_KEY=./key.pem", "PASSWORD_MIN_LENGTH=12", "ALLOW_EMPTY_PASSWORD=yes",
		"USE_TOKEN=true", "SECRET=none", "PASSWORD=", "PASSWORD=********", "COOKIE_DOMAIN=example.com", "SECRET_NAME=db", "SSH_AUTH_SOCK=/tmp/ssh-x/agent.1",
		"PUBLIC_KEY=aB3dE5fG7h", "SORT_KEY=aB3dE5fG7h", "PRIMARY_KEY=id", "AUTHORIZED_KEYS=aB3dE5fG7h", "ROUTING_KEY=notifications.info", "HOST_KEY_CHECKING=False",
		"KEYBOARD=us", "MONKEY=aB3dE5fG7h", "KEYSPACE=aB3dE5fG7h", "PWD=/weird/dir", "OLDPWD=/", "PATH=/usr/bin:/bin", "TRIPLEO_CONFIG_HASH=0123456789abcdef",
		"KOLLA_CONFIG_STRATEGY=COPY_ALWAYS", "SALT_MASTER=salt.example.com", "SALT_MASTER=aB3dE5fG7h", "PINNED=aB3dE5fG7h", "SHIPPING=aB3dE5fG7h",
		"PASSWORD_COMMAND=pass", "SECRETARY=aB3dE5fG7h", "SPAWN=aB3dE5fG7h", "KEY_SIZE=4096", "KEYS_DIR=/etc/keystone/fernet-keys", "COOKIECUTTER=aB3dE5fG7h",
		"JAVA_OPTS=-Xmx2g -Dkey=x", "URL=mysql://keystone@h/db", "ENDPOINT=http://10.0.0.1:8080/a@b", "IMAGE=reg:5000/a/token:1", "AUTH=10.0.0.1:6379",
		"LANG=en_US.UTF-8", "VERSION=2.0.1-rc1", "NOTE=the password is in the vault",
	}
)

func TestSecretVariablesAreToldFromTheirNeighbours(t *testing.T) {
	r := redact.NewRules(nil)
	for _, v := range sealed {
		if got := r.Variables([]string{v}); len(got) == 0 {
			t.Errorf("%s: not found", v)
		}
	}
	for _, v := range open {
		if got := r.Variables([]string{v}); len(got) > 0 {
			t.Errorf("%s: %q taken for a secret", v, got)
		}
	}
}

func TestNamesOfSecretsAreKnown(t *testing.T) {
	r := redact.NewRules([]string{"pin-code"})
	for name, want := range map[string]bool{
		"DB_ROOT_PASSWORD": true, "--bootstrap-password": true, "authToken": true, "db.passwd": true, "credentials": true,
		"PIN_CODE": true, "myPinCode": true, "pincode2": true,
		"keystone": false, "PATH": false, "": false, "-": false, "123": false, "code": false,
	} {
		if got := r.Sensitive(name); got != want {
			t.Errorf("%q: %v", name, got)
		}
	}
}

func TestLogLinesStayReadable(t *testing.T) {
	m := redact.NewMasker(redact.NewRules(nil), redact.Known{
		Found: []string{"true", "1", "admin", "localhost", "keystone", "ab", "8080", "password", "", "aaaaaa", "nova_api"},
		Names: []string{"nova_api"},
	})
	for _, line := range []string{
		"INFO keystone.common [-] admin logged in from localhost:8080, debug = true, attempt 1 of 3",
		"Access denied for user 'root'@'localhost' (using password: YES)", "using password: NO", "password: incorrect", "token: expired at noon",
		"Enter password: ", "the password is wrong", "AUTH_URL=http://h:5000/v3", "lock key=nova_api not found", "key: value", "auth: keystone",
		"a secret sharing scheme", "Bearer token is missing", "basic understanding", "session: opened", "container nova_api exited", "--help --version 1",
		"PASSWORD=$DB_PASSWORD", "--password \"$PW\"", "${DB_PASSWORD}", "GET /v3/auth/tokens 201", "tokenizer=wordpiece1", "keystone_authtoken section",
		"2024-01-01T00:00:00Z sha256:0123456789abcdef", "image registry.example/secret-service:1.2.3 pulled", "mount /etc/token:/token:ro", "aaaaaa",
		"user pass through", "cookie policy: strict", "TOKEN_TTL=3600", "/run/secrets/db_password: No such file or directory",
	} {
		if got := m.Text(line); got != line {
			t.Errorf("%q became %q", line, got)
		}
	}
}
