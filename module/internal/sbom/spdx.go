package main

import (
	"regexp"
	"time"
)

const (
	documentID  = "SPDXRef-DOCUMENT"
	artifactID  = "SPDXRef-Artifact"
	noAssertion = "NOASSERTION"
	namespace   = "https://github.com/overcloud/paunch/spdx/"
)

// document is the part of SPDX 2.3 that a bill of materials needs.
type document struct {
	Version       string         `json:"spdxVersion"`
	License       string         `json:"dataLicense"`
	ID            string         `json:"SPDXID"`
	Name          string         `json:"name"`
	Namespace     string         `json:"documentNamespace"`
	Creation      creation       `json:"creationInfo"`
	Packages      []spdxPackage  `json:"packages"`
	Relationships []relationship `json:"relationships"`
	seen          map[string]bool
}

type creation struct {
	Created  string   `json:"created"`
	Creators []string `json:"creators"`
}

type spdxPackage struct {
	ID            string      `json:"SPDXID"`
	Name          string      `json:"name"`
	Version       string      `json:"versionInfo"`
	Download      string      `json:"downloadLocation"`
	FilesAnalyzed bool        `json:"filesAnalyzed"`
	License       string      `json:"licenseDeclared"`
	Purpose       string      `json:"primaryPackagePurpose"`
	Checksums     []checksum  `json:"checksums,omitempty"`
	References    []reference `json:"externalRefs,omitempty"`
}

type checksum struct {
	Algorithm string `json:"algorithm"`
	Value     string `json:"checksumValue"`
}

type reference struct {
	Category string `json:"referenceCategory"`
	Type     string `json:"referenceType"`
	Locator  string `json:"referenceLocator"`
}

type relationship struct {
	From string `json:"spdxElementId"`
	Type string `json:"relationshipType"`
	To   string `json:"relatedSpdxElement"`
}

// newDocument begins a document whose namespace is that of one content.
func newDocument(name, digest string, created time.Time) *document {
	return &document{
		Version: "SPDX-2.3", License: "CC0-1.0", ID: documentID, Name: name, Namespace: namespace + name + "-" + digest,
		Creation: creation{created.Format(time.RFC3339), []string{"Organization: The paunch authors"}},
		seen:     map[string]bool{},
	}
}

func (d *document) addPackage(p spdxPackage) {
	if d.seen[p.ID] {
		return
	}
	d.seen[p.ID] = true
	p.Download = noAssertion
	d.Packages = append(d.Packages, p)
}

func (d *document) relate(from, kind, to string) {
	d.Relationships = append(d.Relationships, relationship{from, kind, to})
}

// purl is the name of a Go module that vulnerability scanners look up.
func purl(path, version string) []reference {
	return []reference{{"PACKAGE-MANAGER", "purl", "pkg:golang/" + path + "@" + version}}
}

var notInIdentifiers = regexp.MustCompile(`[^A-Za-z0-9.-]+`)

// identifier returns an SPDX identifier, of letters, digits, dots and hyphens.
func identifier(kind, name string) string {
	return "SPDXRef-" + kind + "-" + notInIdentifiers.ReplaceAllString(name, "-")
}
