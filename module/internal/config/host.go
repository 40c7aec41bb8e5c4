package config

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"golang.org/x/sys/unix"

	"github.com/overcloud/paunch/module/internal/hostfile"
)

// HostFS is what CheckHost needs to see of the host's files. OS is the real one.
type HostFS interface {
	Stat(path string) (fs.FileInfo, error)
	Open(path string) (io.ReadCloser, error)
	// Writable returns why the caller cannot make files in a directory, nil when it can.
	Writable(dir string) error
}

// OS is the file system that the program runs on.
type OS struct{}

// Stat follows symbolic links.
func (OS) Stat(path string) (fs.FileInfo, error) { return os.Stat(path) }

// Open opens a regular file for reading.
func (OS) Open(path string) (io.ReadCloser, error) { return hostfile.Open(path) }

// Writable asks the kernel, which knows of read-only file systems, ACLs and capabilities.
func (OS) Writable(dir string) error { return unix.Access(dir, unix.W_OK|unix.X_OK) }

// CheckHost finds what a step needs of the host and what does not exist: bind sources, env and label
// files, named volumes, directories for logs. It changes nothing. The names of the volumes that exist
// may be nil where they are not known: then they are not checked. The error lists all problems; see
// SplitMissing for what need not be there yet when nothing but a prediction is asked for.
func CheckHost(step Step, host HostFS, volumes map[string]bool) error {
	c := &hostCheck{host: host, volumes: volumes, seen: map[string]error{}}
	return c.check(step)
}

// CheckFiles is CheckHost for a step whose containers are on another host: only its env and label files are read
// here.
func CheckFiles(step Step, host HostFS) error {
	c := &hostCheck{host: host, seen: map[string]error{}, filesOnly: true}
	return c.check(step)
}

func (c *hostCheck) check(step Step) error {
	for _, e := range step.Entries {
		for _, o := range e.Options {
			for _, v := range o.Values {
				if err := c.value(o.Flag, v); err != nil {
					c.problems = append(c.problems, Problem{Container: e.Name, Key: o.Key, File: e.File, Text: err.Error(), Missing: errors.Is(err, errMissing)})
				}
			}
		}
	}
	return Join(c.problems)
}

// NeedsVolumes reports whether any entry mounts a named volume, so that the names have to be observed.
func NeedsVolumes(step Step) bool {
	for _, e := range step.Entries {
		for _, o := range e.Options {
			for _, v := range o.Values {
				if s := sourceOf(o.Flag, v); s.volume != "" {
					return true
				}
			}
		}
	}
	return false
}

// hostCheck remembers each path: the containers of a step share most of their sources.
type hostCheck struct {
	host     HostFS
	volumes  map[string]bool
	seen     map[string]error
	problems []Problem
	// filesOnly leaves out what is not read by this program.
	filesOnly bool
}

func (c *hostCheck) value(flag, v string) error {
	switch {
	case flag == "env-file" || flag == "label-file":
		return c.once(flag+v, func() error { return c.variables(v, flag) })
	case c.filesOnly:
	case flag == "volume" || flag == "mount":
		return c.source(sourceOf(flag, v))
	case flag == "log-opt":
		if file, ok := strings.CutPrefix(v, "path="); ok {
			dir := filepath.Dir(file)
			return c.once("log"+dir, func() error { return c.creatable(dir) })
		}
	}
	return nil
}

func (c *hostCheck) once(key string, check func() error) error {
	if err, ok := c.seen[key]; ok {
		return err
	}
	err := check()
	c.seen[key] = err
	return err
}

// source is what a mount takes from the host; both are empty where it takes nothing by name.
type source struct {
	path   string
	volume string
}

func sourceOf(flag, v string) source {
	switch flag {
	case "volume":
		src, _, found := strings.Cut(v, ":")
		switch {
		case !found || src == "":
			return source{} // an anonymous volume
		case strings.HasPrefix(src, "/") || strings.HasPrefix(src, "."):
			return source{path: src}
		}
		return source{volume: src}
	case "mount":
		return mountSource(v)
	}
	return source{}
}

func mountSource(v string) source {
	kind, src := "volume", ""
	for _, field := range strings.Split(v, ",") {
		name, value, _ := strings.Cut(field, "=")
		switch name {
		case "type":
			kind = value
		case "src", "source":
			src = value
		}
	}
	switch kind {
	case "bind":
		return source{path: src}
	case "volume":
		return source{volume: src}
	}
	return source{}
}

func (c *hostCheck) source(s source) error {
	switch {
	case s.path != "":
		return c.once("bind"+s.path, func() error {
			if _, err := c.host.Stat(s.path); err != nil {
				return fmt.Errorf("the source %s %w", s.path, absence(err))
			}
			return nil
		})
	case s.volume != "" && c.volumes != nil && !c.volumes[s.volume]:
		return fmt.Errorf("the volume %s does not exist: podman volume create %s", s.volume, s.volume)
	}
	return nil
}

// errMissing is the absence of a bind source or a file that is read.
var errMissing = errors.New("does not exist")

func absence(err error) error {
	if errors.Is(err, fs.ErrNotExist) {
		return errMissing
	}
	return hostfile.Reason(err)
}

// maxVariables is the largest file of variables, in bytes.
const maxVariables = 16 << 20

// maxVariablesLine is the longest line that podman's own reader of such files takes.
const maxVariablesLine = bufio.MaxScanTokenSize

// variables reads a file of variables as podman would. Its lines are never quoted: they hold secrets.
func (c *hostCheck) variables(path, flag string) error {
	info, err := c.host.Stat(path)
	if err != nil {
		return fmt.Errorf("the file %s %w", path, absence(err))
	}
	if !info.Mode().IsRegular() {
		return fmt.Errorf("%s is not a regular file", path)
	}
	f, err := c.host.Open(path)
	if err != nil {
		return fmt.Errorf("the file %s %w", path, absence(err))
	}
	defer func() { _ = f.Close() }()
	if info.Size() > maxVariables {
		return fmt.Errorf("the file %s %w", path, hostfile.LargeError(maxVariables))
	}
	scanner := bufio.NewScanner(f)
	n := 0
	for scanner.Scan() {
		n++
		if err := variableLine(scanner.Text(), flag); err != nil {
			return fmt.Errorf("line %d of %s %w", n, path, err)
		}
	}
	if errors.Is(scanner.Err(), bufio.ErrTooLong) {
		return fmt.Errorf("line %d of %s is longer than %d bytes", n+1, path, maxVariablesLine)
	}
	return scanner.Err()
}

func variableLine(line, flag string) error {
	line = strings.TrimLeft(line, " \t")
	if line == "" || strings.HasPrefix(line, "#") {
		return nil
	}
	name, _, _ := strings.Cut(line, "=")
	switch {
	case name == "":
		return errors.New("has no name before the equals sign")
	case flag == "label-file" && ReservedLabel(name):
		return fmt.Errorf("is not allowed: %w", reservedError(name))
	case flag == "label-file" && strings.ContainsAny(name, " \t"):
		return errors.New("has a blank in its name")
	case strings.ContainsRune(line, 0):
		return errors.New("holds a NUL byte")
	}
	return nil
}

// creatable looks at the nearest directory that exists.
func (c *hostCheck) creatable(dir string) error {
	for {
		info, err := c.host.Stat(dir)
		switch {
		case err == nil && !info.IsDir():
			return fmt.Errorf("the log directory needs %s, which is not a directory", dir)
		case err == nil:
			if err := c.host.Writable(dir); err != nil {
				return fmt.Errorf("the log directory cannot be written in %s: %w", dir, err)
			}
			return nil
		case !errors.Is(err, fs.ErrNotExist) || dir == filepath.Dir(dir):
			return fmt.Errorf("the log directory %s %w", dir, absence(err))
		}
		dir = filepath.Dir(dir)
	}
}
