package config

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"

	"github.com/overcloud/paunch/module/internal/hostfile"
)

// Types of a File.
const (
	TypeFile      = "file"
	TypeDirectory = "directory"
	TypeOther     = "other"   // a pipe, a device or a socket
	TypeMissing   = "missing" // a name that leads nowhere, such as that of a dangling link
)

// File is one file or directory below a config's path, as it is where the config is: on an Ansible controller,
// which sends the texts.
type File struct {
	Path string
	Type string
	// Text is a regular file's contents; nil where the sender saw that the file is not one of the config.
	Text *string
}

// fileTree is where the files of a config are. A path that is missing gives an error that is fs.ErrNotExist.
type fileTree interface {
	// kind returns the type of what a path leads to, through symbolic links.
	kind(path string) (string, error)
	// names lists a directory, sorted.
	names(dir string) ([]string, error)
	// text returns a regular file's contents; hostfile.ErrNotRegular for anything else.
	text(path string) ([]byte, error)
}

// hostTree is the files of the host that this program runs on.
type hostTree struct{}

func (hostTree) kind(path string) (string, error) {
	info, err := os.Stat(path)
	switch {
	case err != nil:
		return TypeMissing, err
	case info.IsDir():
		return TypeDirectory, nil
	case info.Mode().IsRegular():
		return TypeFile, nil
	}
	return TypeOther, nil
}

func (hostTree) names(dir string) ([]string, error) {
	list, err := os.ReadDir(dir)
	names := make([]string, len(list))
	for i, e := range list {
		names[i] = e.Name()
	}
	return names, err
}

func (hostTree) text(path string) ([]byte, error) { return hostfile.Read(path, maxFileSize) }

// sentTree is the files that came with the request, by their clean paths. Its errors are those of the host's tree.
type sentTree map[string]File

func newSentTree(files []File) sentTree {
	t := sentTree{}
	for _, f := range files {
		t[filepath.Clean(f.Path)] = f
	}
	return t
}

func (t sentTree) kind(path string) (string, error) {
	f, ok := t[filepath.Clean(path)]
	if !ok || f.Type == TypeMissing {
		return TypeMissing, &fs.PathError{Op: "stat", Path: path, Err: syscall.ENOENT}
	}
	return f.Type, nil
}

func (t sentTree) names(dir string) ([]string, error) {
	var names []string
	for _, path := range sortedKeys(t) {
		if filepath.Dir(path) == filepath.Clean(dir) && path != filepath.Clean(dir) {
			names = append(names, filepath.Base(path))
		}
	}
	return names, nil
}

func (t sentTree) text(path string) ([]byte, error) {
	switch kind, err := t.kind(path); {
	case err != nil:
		return nil, err
	case kind != TypeFile:
		return nil, &fs.PathError{Op: "open", Path: path, Err: hostfile.ErrNotRegular}
	}
	text := t[filepath.Clean(path)].Text
	if text == nil {
		return nil, errors.New("its text was not sent with the arguments: install the same version of the collection's parts")
	}
	return []byte(*text), nil
}
