package main

import (
	"encoding/xml"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestASpreadIsTheMedianWithTheLeastAndTheMost(t *testing.T) {
	tests := map[string]struct {
		values []float64
		want   spread
	}{
		"one value":                       {[]float64{2}, spread{2, 2, 2}},
		"the middle of an odd number":     {[]float64{9, 1, 4}, spread{4, 1, 9}},
		"the mean of two in the middle":   {[]float64{8, 1, 2, 4}, spread{3, 1, 8}},
		"equal values, given in no order": {[]float64{3, 1, 3, 3, 2}, spread{3, 1, 3}},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			if diff := cmp.Diff(test.want, spreadOf(test.values)); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestARatioIsOfTheSameRounds(t *testing.T) {
	got := ratios([]float64{2, 40, 6}, []float64{1, 10, 2})
	if diff := cmp.Diff(spread{3, 2, 4}, got); diff != "" {
		t.Error(diff)
	}
}

func TestEachStepAsksForItsRevisions(t *testing.T) {
	want := map[step]string{cold: "000", noop: "000", one: "100", listing: "100", drift: "100", all: "222", remove: "222"}
	for s, revisionsOfIt := range want {
		if got := strings.Join(revisions(s, 3), ""); got != revisionsOfIt {
			t.Errorf("%s: %s, want %s", s, got, revisionsOfIt)
		}
	}
	if running(remove, 3) != 0 || running(one, 3) != 3 {
		t.Error("a delete leaves nothing, and nothing else removes")
	}
}

func TestTheTimesOfAProcessAreReadWhateverItsNameIs(t *testing.T) {
	text := "42 (a) Z 1) S 7 0 0 0 -1 0 0 0 0 0 1 2 3 4 20 0 1 0 5"
	got, err := parseStat(42, text)
	if err != nil {
		t.Fatal(err)
	}
	want := process{pid: 42, parent: 7, cpu: 10 * clockTick}
	if got != want {
		t.Errorf("%+v, want %+v", got, want)
	}
	if _, err := parseStat(42, "42 (a) S 7"); err == nil {
		t.Error("a cut line is accepted")
	}
}

// The kernel counts in steps of ten milliseconds; what is asked for here is ten times that.
func TestTheTimeOfACommandIncludesThatOfWhatItStarted(t *testing.T) {
	if err := beSubreaper(); err != nil {
		t.Fatal(err)
	}
	taken, err := measure(exec.Command("/bin/sh", "-c", "(i=0; while [ $i -lt 200000 ]; do i=$((i+1)); done)"))
	if err != nil {
		t.Fatal(err)
	}
	if taken.CPU <= 0 || taken.Wall <= 0 {
		t.Errorf("%+v", taken)
	}
}

func TestACommandThatFailsIsAnErrorWithTheEndOfItsOutput(t *testing.T) {
	script := "for i in 1 2 3 4 5 6 7; do echo line $i; done; exit 3"
	_, err := measure(exec.Command("/bin/sh", "-c", script))
	var exit *exec.ExitError
	if !errors.As(err, &exit) || exit.ExitCode() != 3 || strings.Contains(err.Error(), "line 2") || !strings.Contains(err.Error(), "line 7") {
		t.Errorf("error: %v", err)
	}
	if _, err := runWatched(exec.Command("/bin/sh", "-c", script)); !errors.As(err, &exit) {
		t.Errorf("error: %v", err)
	}
}

func TestThePeakOfAProcessIsItsOwnAndThatOfItsChildren(t *testing.T) {
	if own := peak(os.Getpid()); own < 1<<20 || own > 1<<34 {
		t.Errorf("this program's peak is %d bytes", own)
	}
	if highWater(-1) != 0 {
		t.Error("a process that does not exist has memory")
	}
}

// made is a run with known numbers.
func made(reached bool) *bench {
	b := &bench{plan: plan{rounds: 2}, lines: map[key]*line{}, failed: map[string]string{compose: "exit status 1"}}
	add := func(peer string, s step, wall ...float64) {
		k := key{50, peer, s}
		b.order = append(b.order, k)
		b.lines[k] = &line{key: k, Wall: wall, CPU: wall, Memory: 5e6, Processes: 3, Requests: -1}
	}
	took := 1.0
	if !reached {
		took = 4
	}
	add(bare, cold, 1, 1)
	add(ours, cold, took, took)
	return b
}

func TestAGoalIsReachedByTheMedianOfItsRatio(t *testing.T) {
	for _, reached := range []bool{true, false} {
		found := made(reached).results(machine{}, "make bench").Goals
		if len(found) != 1 || found[0].Reached != reached || (found[0].Why == "") != reached {
			t.Errorf("reached %v: %+v", reached, found)
		}
	}
}

func TestThePageHasTheMachineTheGoalsWhatIsLeftOutAndEachLine(t *testing.T) {
	dir := t.TempDir()
	where := machine{Date: "2026-11-29", Commit: "abc", Kernel: "6.1", Cgroup: "v2", Runtime: "crun 1", Podman: "5.4.2", Cores: 2}
	if err := made(false).results(where, "make bench").write(dir, "page", "Title"); err != nil {
		t.Fatal(err)
	}
	page, err := os.ReadFile(filepath.Join(dir, "page.md"))
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		"# Title\n", "on 2026-11-29 at commit abc", "6.1, cgroup v2", "5.4.2, crun 1", "| **no** |", "Not reached, cold, by bare REST calls: ",
		"podman-compose: `exit status 1`", "| bare REST calls | 1.00 (1.00 to 1.00) | 0.25 | 1.00 | 5.00 | 3 | – |", "images/page.svg",
	} {
		if !strings.Contains(string(page), want) {
			t.Errorf("the page lacks %q:\n%s", want, page)
		}
	}
	for _, name := range []string{"page.json", "images/page.svg"} {
		if info, err := os.Stat(filepath.Join(dir, name)); err != nil || info.Size() == 0 {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestAPageQuotesTheRunBetweenItsMarks(t *testing.T) {
	path := filepath.Join(t.TempDir(), "README.md")
	write := func(text string) {
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write("before\n" + quoteBegin + "an older run\n" + quoteEnd + "after\n")
	if err := made(true).results(machine{Cores: 2}, "make bench").quoteIn(path, "page"); err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	got := string(text)
	if !strings.HasPrefix(got, "before\n"+quoteBegin+"[docs/page.md]") || !strings.HasSuffix(got, "| cold | 1.00 | bare REST calls 1.00 times |\n"+quoteEnd+"after\n") {
		t.Errorf("the page is\n%s", got)
	}
	write("no marks\n")
	if err := made(true).results(machine{}, "").quoteIn(path, "page"); err == nil || !strings.Contains(err.Error(), path) {
		t.Errorf("error: %v", err)
	}
}

func TestTheReadmeHasTheMarks(t *testing.T) {
	text, err := os.ReadFile(filepath.Join("..", "..", "..", "README.md"))
	if err != nil {
		t.Fatal(err)
	}
	if strings.Count(string(text), quoteBegin) != 1 || strings.Count(string(text), quoteEnd) != 1 {
		t.Error("make bench cannot write into the README")
	}
}

func TestTheChartIsWellFormedAndHasEachPeer(t *testing.T) {
	chart := made(true).results(machine{}, "make bench").chart()
	decoder := xml.NewDecoder(strings.NewReader(chart))
	for {
		if _, err := decoder.Token(); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			t.Fatalf("%v:\n%s", err, chart)
		}
	}
	if !strings.Contains(chart, bare) || !strings.Contains(chart, ours) || strings.Contains(chart, "NaN") {
		t.Errorf("chart:\n%s", chart)
	}
}

func TestAPeerOfOthersThatFailsIsLeftOutAndOneOfOursEndsTheRun(t *testing.T) {
	b := made(true)
	b.log, b.bed = io.Discard, nil
	if !(peer{steps: []step{cold}, sizes: []int{20}}).does(cold, 20) || (peer{steps: []step{cold}, sizes: []int{20}}).does(cold, 50) {
		t.Error("a peer does its steps at its sizes")
	}
	if got := b.attempt(peer{name: compose}, 50, 1); got != nil {
		t.Errorf("a peer that is left out was run: %v", got)
	}
}

func TestNumbersOfContainersAreRead(t *testing.T) {
	got, err := numbers("1,20")
	if diff := cmp.Diff([]int{1, 20}, got); err != nil || diff != "" {
		t.Errorf("%v %s", err, diff)
	}
	for _, wrong := range []string{"", "0", "a", "1,,2"} {
		if _, err := numbers(wrong); err == nil {
			t.Errorf("%q is accepted", wrong)
		}
	}
}

func TestTimesAreWrittenWithTheDigitsThatCount(t *testing.T) {
	for n, want := range map[float64]string{0.0412: "0.041", 1.237: "1.24", 12.37: "12.4", 123.7: "124"} {
		if got := significant(n); got != want {
			t.Errorf("%g is written %s, want %s", n, got, want)
		}
	}
}
