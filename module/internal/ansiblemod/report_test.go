package ansiblemod

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// runReport runs paunch_report with arguments and returns its result.
func runReport(t *testing.T, arguments map[string]any) (reportResult, int) {
	t.Helper()
	arguments["_ansible_module_name"] = "overcloud.paunch.paunch_report"
	text, err := json.Marshal(arguments)
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	status := Run(t.Context(), StdinArgs, bytes.NewReader(text), &out)
	var result reportResult
	if err := json.Unmarshal(out.Bytes(), &result); err != nil {
		t.Fatal(err)
	}
	return result, status
}

func TestAReportIsWrittenOfADirectoryOfResults(t *testing.T) {
	dir := t.TempDir()
	page := filepath.Join(dir, "report.html")
	for host, step := range map[string]string{"a": "1", "b": "2"} {
		if err := os.Mkdir(filepath.Join(dir, host), 0o700); err != nil {
			t.Fatal(err)
		}
		result := `{"step": ` + step + `, "containers": []}`
		if err := os.WriteFile(filepath.Join(dir, host, "step_"+step+".json"), []byte(result), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	arguments := map[string]any{"results": []any{dir}, "html": page, "_ansible_check_mode": true}
	if result, status := runReport(t, arguments); status != 0 || !result.Changed || result.Hosts != 2 {
		t.Errorf("check mode: %+v", result)
	}
	if _, err := os.Stat(page); err == nil {
		t.Error("check mode wrote the page")
	}
	delete(arguments, "_ansible_check_mode")
	if result, status := runReport(t, arguments); status != 0 || !result.Changed || result.Steps != 2 || result.Path != page {
		t.Errorf("status %d: %+v", status, result)
	}
	if text, err := os.ReadFile(page); err != nil || !bytes.Contains(text, []byte("Deployment report")) {
		t.Errorf("the page: %v", err)
	}
}

func TestAReportThatCannotBeWrittenFails(t *testing.T) {
	empty := t.TempDir()
	for says, arguments := range map[string]map[string]any{
		"argument html":             {"results": empty},
		"argument results":          {"html": "/x"},
		"no results found":          {"results": empty, "html": filepath.Join(empty, "x.html")},
		"unknown arguments: config": {"config": map[string]any{}, "results": empty, "html": "/x"},
	} {
		if result, status := runReport(t, arguments); status != 1 || !result.Failed || !strings.Contains(result.Msg, says) {
			t.Errorf("%v: status %d, %+v", arguments, status, result)
		}
	}
}
