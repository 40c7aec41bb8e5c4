package testbed

import (
	"archive/tar"
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strings"
)

// importBusybox makes Image from the machine's static busybox.
func (p *Podman) importBusybox() error {
	archive, err := BusyboxRoot()
	if err != nil {
		return err
	}
	cmd := p.Command(context.Background(), "import", "--quiet", "-", Image)
	cmd.Stdin = bytes.NewReader(archive)
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("podman import: %w: %s", err, out)
	}
	return nil
}

// BusyboxRoot is a root file system as a tar: busybox, its applets, passwd, group and /tmp.
func BusyboxRoot() ([]byte, error) {
	const busybox = "/bin/busybox"
	binary, err := os.ReadFile(busybox)
	if err != nil {
		return nil, fmt.Errorf("busybox is needed (Debian: busybox-static): %w", err)
	}
	list, err := exec.Command(busybox, "--list").Output()
	if err != nil {
		return nil, fmt.Errorf("busybox --list: %w", err)
	}
	var buf bytes.Buffer
	w := tar.NewWriter(&buf)
	errs := []error{
		addDir(w, "bin/", 0o755), addDir(w, "etc/", 0o755), addDir(w, "tmp/", 0o1777), addDir(w, "root/", 0o700),
		addFile(w, "bin/busybox", binary, 0o755),
		addFile(w, "etc/passwd", []byte("root:x:0:0:root:/root:/bin/sh\nnobody:x:65534:65534::/:/bin/sh\n"), 0o644),
		addFile(w, "etc/group", []byte("root:x:0:\nnogroup:x:65534:\n"), 0o644),
	}
	for applet := range strings.FieldsSeq(string(list)) {
		if applet != "busybox" {
			errs = append(errs, w.WriteHeader(&tar.Header{Typeflag: tar.TypeSymlink, Name: "bin/" + applet, Linkname: "busybox", Mode: 0o777}))
		}
	}
	errs = append(errs, w.Close())
	return buf.Bytes(), errors.Join(errs...)
}

func addDir(w *tar.Writer, name string, mode int64) error {
	return w.WriteHeader(&tar.Header{Typeflag: tar.TypeDir, Name: name, Mode: mode})
}

func addFile(w *tar.Writer, name string, content []byte, mode int64) error {
	if err := w.WriteHeader(&tar.Header{Typeflag: tar.TypeReg, Name: name, Mode: mode, Size: int64(len(content))}); err != nil {
		return err
	}
	_, err := w.Write(content)
	return err
}
