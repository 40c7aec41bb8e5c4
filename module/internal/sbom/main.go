// Command sbom writes the bill of materials of one file of a release, as SPDX 2.3 in JSON: the file, the binaries in it
// and the Go modules that the linker says are in those. The same files give the same bytes. `make release` runs it.
package main

import (
	"crypto/sha256"
	"debug/buildinfo"
	"encoding/hex"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"
)

func main() {
	if err := run(os.Args[1:], os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "sbom:", err)
		os.Exit(1) //nolint:forbidigo // this is main
	}
}

func run(args []string, out io.Writer) error {
	flags := flag.NewFlagSet("sbom", flag.ContinueOnError)
	version := flags.String("version", "", "version of the release")
	license := flags.String("license", "", "licence of the artifact, as an SPDX expression")
	seconds := flags.Int64("time", 0, "time of the release, in seconds since 1970")
	if err := flags.Parse(args); err != nil {
		return err
	}
	if flags.NArg() < 2 || *version == "" || *license == "" {
		return fmt.Errorf("usage: sbom -version V -license L -time SECONDS ARTIFACT BINARY [BINARY]")
	}
	doc, err := describe(flags.Arg(0), *version, *license, time.Unix(*seconds, 0).UTC())
	if err != nil {
		return err
	}
	for _, path := range flags.Args()[1:] {
		if err := doc.addBinary(path, *version); err != nil {
			return err
		}
	}
	encoder := json.NewEncoder(out)
	encoder.SetIndent("", " ")
	return encoder.Encode(doc)
}

// describe begins the bill of an artifact.
func describe(path, version, license string, created time.Time) (*document, error) {
	digest, err := digestOf(path)
	if err != nil {
		return nil, err
	}
	name := filepath.Base(path)
	doc := newDocument(name, digest, created)
	doc.addPackage(spdxPackage{
		ID: artifactID, Name: name, Version: version, License: license, Purpose: "ARCHIVE",
		Checksums: []checksum{{"SHA256", digest}},
	})
	doc.relate(documentID, "DESCRIBES", artifactID)
	return doc, nil
}

// addBinary adds a Go program, the modules in it, and the standard library that it was built with.
func (d *document) addBinary(path, version string) error {
	info, err := buildinfo.ReadFile(path)
	if err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	digest, err := digestOf(path)
	if err != nil {
		return err
	}
	name := filepath.Base(path)
	id := identifier("Binary", name)
	d.addPackage(spdxPackage{
		ID: id, Name: name, Version: version, License: "Apache-2.0", Purpose: "APPLICATION",
		Checksums: []checksum{{"SHA256", digest}}, References: purl(info.Main.Path, "v"+version),
	})
	d.relate(artifactID, "CONTAINS", id)
	d.addModule(id, "stdlib", info.GoVersion[len("go"):])
	for _, module := range info.Deps {
		if module.Replace != nil {
			module = module.Replace
		}
		d.addModule(id, module.Path, module.Version)
	}
	return nil
}

// addModule adds a Go module, once for all binaries that have it.
func (d *document) addModule(binary, path, version string) {
	id := identifier("Module", path+"-"+version)
	d.addPackage(spdxPackage{ID: id, Name: path, Version: version, License: noAssertion, Purpose: "LIBRARY", References: purl(path, version)})
	d.relate(binary, "DEPENDS_ON", id)
}

func digestOf(path string) (string, error) {
	file, err := os.Open(path)
	if err != nil {
		return "", err
	}
	defer func() { _ = file.Close() }() // it was only read
	sum := sha256.New()
	if _, err := io.Copy(sum, file); err != nil {
		return "", fmt.Errorf("%s: %w", path, err)
	}
	return hex.EncodeToString(sum.Sum(nil)), nil
}
