package testbed

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"math/big"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"golang.org/x/crypto/bcrypt"
)

// User and Password are what a registry with RegistryOptions.Auth wants.
const (
	User     = "deployer"
	Password = "correct horse"
)

// RegistryOptions say what kind of registry a test needs.
type RegistryOptions struct {
	TLS  bool // serve https with a certificate of a CA of its own
	Auth bool // want User and Password
}

// Registry is a real container registry on loopback.
type Registry struct {
	Addr string // host:port
	CA   string // path of the CA's certificate, with TLS
	opts RegistryOptions
}

// NewRegistry starts a registry (Debian's docker-registry) that ends with the test.
func NewRegistry(tb testing.TB, opts RegistryOptions) *Registry {
	tb.Helper()
	binary := registryBinary(tb)
	r := &Registry{Addr: freeAddr(tb), opts: opts}
	dir := tb.TempDir()
	conf := filepath.Join(dir, "config.yml")
	if err := os.WriteFile(conf, []byte(r.config(tb, dir)), 0o600); err != nil {
		tb.Fatal(err)
	}
	log, err := os.Create(filepath.Join(dir, "log"))
	if err != nil {
		tb.Fatal(err)
	}
	cmd := exec.Command(binary, "serve", conf)
	cmd.Stdout, cmd.Stderr = log, log
	if err := cmd.Start(); err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
		_ = log.Close()
	})
	r.await(tb, log.Name())
	return r
}

func registryBinary(tb testing.TB) string {
	tb.Helper()
	for _, name := range []string{"docker-registry", "registry"} {
		if path, err := exec.LookPath(name); err == nil {
			return path
		}
	}
	tb.Fatal("a registry is needed (Debian: docker-registry)")
	return ""
}

func freeAddr(tb testing.TB) string {
	tb.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		tb.Fatal(err)
	}
	defer func() { _ = l.Close() }()
	return l.Addr().String()
}

// config is the registry's configuration file.
func (r *Registry) config(tb testing.TB, dir string) string {
	tb.Helper()
	text := "version: 0.1\nlog: {level: warn}\nstorage: {filesystem: {rootdirectory: " + dir + "/data}}\nhttp:\n  addr: " + r.Addr + "\n"
	if r.opts.TLS {
		r.CA = filepath.Join(dir, "ca.crt")
		writeCertificates(tb, dir)
		text += "  tls: {certificate: " + dir + "/server.crt, key: " + dir + "/server.key}\n"
	}
	if r.opts.Auth {
		hash, err := bcrypt.GenerateFromPassword([]byte(Password), bcrypt.MinCost)
		if err != nil {
			tb.Fatal(err)
		}
		if err := os.WriteFile(dir+"/htpasswd", []byte(User+":"+string(hash)+"\n"), 0o600); err != nil {
			tb.Fatal(err)
		}
		text += "auth: {htpasswd: {realm: test, path: " + dir + "/htpasswd}}\n"
	}
	return text
}

func (r *Registry) await(tb testing.TB, log string) {
	tb.Helper()
	for deadline := time.Now().Add(20 * time.Second); time.Now().Before(deadline); time.Sleep(10 * time.Millisecond) {
		if conn, err := net.Dial("tcp", r.Addr); err == nil {
			_ = conn.Close()
			return
		}
	}
	text, _ := os.ReadFile(log)
	tb.Fatalf("the registry does not listen: %s", text)
}

// Push puts the bed's image into the registry under a name (repository:tag) and returns its reference.
func (r *Registry) Push(tb testing.TB, p *Podman, name string) string {
	tb.Helper()
	return r.push(tb, p, Image, name)
}

// PushNew pushes an image with a layer that the Podman does not have, and returns its reference.
func (r *Registry) PushNew(tb testing.TB, p *Podman, name string) string {
	tb.Helper()
	const made = "localhost/made:1"
	id := strings.TrimSpace(p.Output(tb, "create", Image, "true"))
	layer := filepath.Join(tb.TempDir(), "layer")
	noise := make([]byte, 1<<20)
	_, _ = rand.Read(noise) // never fails, as crypto/rand documents
	if err := os.WriteFile(layer, noise, 0o600); err != nil {
		tb.Fatal(err)
	}
	p.Output(tb, "cp", layer, id+":/layer")
	p.Output(tb, "commit", "--quiet", id, made)
	p.Output(tb, "rm", id)
	defer p.Output(tb, "rmi", made)
	return r.push(tb, p, made, name)
}

func (r *Registry) push(tb testing.TB, p *Podman, image, name string) string {
	tb.Helper()
	ref := r.Addr + "/" + name
	args := []string{"push", "--quiet", "--tls-verify=false"}
	if r.opts.Auth {
		args = append(args, "--creds", User+":"+Password)
	}
	if out, err := p.Command(context.Background(), append(args, image, "docker://"+ref)...).CombinedOutput(); err != nil {
		tb.Fatalf("podman push %s: %v: %s", ref, err, out)
	}
	return ref
}

// AuthFile writes a registry auth file for this registry.
func (r *Registry) AuthFile(tb testing.TB, user, password string) string {
	tb.Helper()
	token := base64.StdEncoding.EncodeToString([]byte(user + ":" + password))
	text, err := json.Marshal(map[string]any{"auths": map[string]any{r.Addr: map[string]string{"auth": token}}})
	if err != nil {
		tb.Fatal(err)
	}
	path := filepath.Join(tb.TempDir(), "auth.json")
	if err := os.WriteFile(path, text, 0o600); err != nil {
		tb.Fatal(err)
	}
	return path
}

// Trust lets the bed's Podman trust the registry's CA, through certs.d of its home.
func (r *Registry) Trust(tb testing.TB, p *Podman) {
	tb.Helper()
	dir := filepath.Join(p.Home, ".config", "containers", "certs.d", r.Addr)
	if err := os.MkdirAll(dir, 0o700); err != nil {
		tb.Fatal(err)
	}
	ca, err := os.ReadFile(r.CA)
	if err != nil {
		tb.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "ca.crt"), ca, 0o600); err != nil {
		tb.Fatal(err)
	}
}

// Reject writes a trust policy that rejects the images of one repository and takes all others.
func (p *Podman) Reject(tb testing.TB, repository string) {
	tb.Helper()
	policy := fmt.Sprintf(`{"default":[{"type":"insecureAcceptAnything"}],"transports":{"docker":{%q:[{"type":"reject"}]}}}`, repository)
	path := filepath.Join(p.Home, ".config", "containers", "policy.json")
	if err := os.WriteFile(path, []byte(policy), 0o600); err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { _ = os.Remove(path) })
}

// writeCertificates makes a CA and a certificate for loopback: ca.crt, server.crt, server.key.
func writeCertificates(tb testing.TB, dir string) {
	tb.Helper()
	caKey, key := newKey(tb), newKey(tb)
	ca := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "test CA"},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(24 * time.Hour),
		IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign,
	}
	leaf := &x509.Certificate{
		SerialNumber: big.NewInt(2), Subject: pkix.Name{CommonName: "127.0.0.1"},
		NotBefore: ca.NotBefore, NotAfter: ca.NotAfter, IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
		KeyUsage: x509.KeyUsageDigitalSignature, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
	}
	writeCert(tb, dir+"/ca.crt", ca, ca, &caKey.PublicKey, caKey)
	writeCert(tb, dir+"/server.crt", leaf, ca, &key.PublicKey, caKey)
	der, err := x509.MarshalECPrivateKey(key)
	if err != nil {
		tb.Fatal(err)
	}
	writePEM(tb, dir+"/server.key", "EC PRIVATE KEY", der)
}

func newKey(tb testing.TB) *ecdsa.PrivateKey {
	tb.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		tb.Fatal(err)
	}
	return key
}

func writeCert(tb testing.TB, path string, cert, parent *x509.Certificate, public *ecdsa.PublicKey, signer *ecdsa.PrivateKey) {
	tb.Helper()
	der, err := x509.CreateCertificate(rand.Reader, cert, parent, public, signer)
	if err != nil {
		tb.Fatal(err)
	}
	writePEM(tb, path, "CERTIFICATE", der)
}

func writePEM(tb testing.TB, path, kind string, der []byte) {
	tb.Helper()
	var text strings.Builder
	if err := pem.Encode(&text, &pem.Block{Type: kind, Bytes: der}); err != nil {
		tb.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text.String()), 0o600); err != nil {
		tb.Fatal(err)
	}
}
