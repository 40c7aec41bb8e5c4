package balancer

import (
	"bufio"
	"context"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/overcloud/paunch/module/internal/config"
)

// haproxy speaks HAProxy's runtime API: a line each way, and the end of the connection.
type haproxy struct{ config.HAProxyDrain }

// The states of a server that are set.
const (
	stateDrain = "drain"
	stateReady = "ready"
)

func (h haproxy) TakeOut(ctx context.Context) error { return h.set(ctx, stateDrain) }
func (h haproxy) PutBack(ctx context.Context) error { return h.set(ctx, stateReady) }

func setServer(server, state string) string {
	return fmt.Sprintf("set server %s state %s", server, state)
}

// set sets the state of all servers in all HAProxies that answer.
func (h haproxy) set(ctx context.Context, state string) error {
	return h.each(func(socket string) error {
		for _, server := range h.Servers {
			said, err := ask(ctx, socket, setServer(server, state))
			if err != nil {
				return err
			}
			said = strings.TrimSpace(said)
			if state == stateReady && strings.HasPrefix(said, "No such ") {
				continue // it is in no balance that it could be put back into
			}
			if said != "" {
				return fmt.Errorf("haproxy at %s: set server %s state %s: %s", socket, server, state, firstLine(said))
			}
		}
		return nil
	})
}

// Open counts the sessions of the servers.
func (h haproxy) Open(ctx context.Context) (int, error) {
	open := 0
	err := h.each(func(socket string) error {
		said, err := ask(ctx, socket, "show stat")
		if err != nil {
			return err
		}
		rows, err := serversOf(said, h.Servers)
		if err != nil {
			return fmt.Errorf("haproxy at %s: show stat: %w", socket, err)
		}
		for _, row := range rows {
			open += number(row["scur"]) + number(row["qcur"])
		}
		return nil
	})
	return open, err
}

// Takes reports whether no HAProxy takes a server for down: its checks may not have passed again yet.
func (h haproxy) Takes(ctx context.Context) (bool, error) {
	takes := true
	err := h.each(func(socket string) error {
		said, err := ask(ctx, socket, "show stat")
		if err != nil {
			return err
		}
		rows, err := serversOf(said, h.Servers)
		if err != nil {
			return fmt.Errorf("haproxy at %s: show stat: %w", socket, err)
		}
		for _, row := range rows {
			takes = takes && (strings.HasPrefix(row["status"], "UP") || row["status"] == "no check")
		}
		return nil
	})
	return takes, err
}

// number reads a column; an empty one is 0.
func number(field string) int {
	n, _ := strconv.Atoi(field)
	return n
}

// each does something on each socket; ErrAway where none of them answers.
func (h haproxy) each(do func(socket string) error) error {
	var away []error
	var failed error
	for _, socket := range h.Sockets {
		if err := do(socket); errors.Is(err, ErrAway) {
			away = append(away, err)
		} else if err != nil {
			failed = errors.Join(failed, err)
		}
	}
	if failed == nil && len(away) == len(h.Sockets) {
		return away[0]
	}
	return failed
}

// serversOf are the rows of servers in HAProxy's statistics, by column.
func serversOf(stat string, servers []string) ([]map[string]string, error) {
	table := csv.NewReader(strings.NewReader(strings.TrimPrefix(strings.TrimSpace(stat), "# ")))
	table.FieldsPerRecord = -1
	all, err := table.ReadAll()
	if err != nil || len(all) == 0 {
		return nil, errors.New("no table came")
	}
	for _, column := range []string{"pxname", "svname", "scur", "qcur", "status"} {
		if !slices.Contains(all[0], column) {
			return nil, fmt.Errorf("the table has no column %s", column)
		}
	}
	var rows []map[string]string
	for _, fields := range all[1:] {
		row := map[string]string{}
		for i, field := range fields[:min(len(fields), len(all[0]))] {
			row[all[0][i]] = field
		}
		if slices.Contains(servers, row["pxname"]+"/"+row["svname"]) {
			rows = append(rows, row)
		}
	}
	return rows, nil
}

// ask sends one line and returns the answer.
func ask(ctx context.Context, socket, line string) (string, error) {
	ctx, cancel := context.WithTimeout(ctx, callLimit)
	defer cancel()
	network := "tcp"
	if strings.HasPrefix(socket, "/") {
		network = "unix"
	}
	conn, err := new(net.Dialer).DialContext(ctx, network, socket)
	if errors.Is(err, os.ErrNotExist) || errors.Is(err, syscall.ECONNREFUSED) {
		return "", fmt.Errorf("haproxy at %s: %w (%w)", socket, ErrAway, err)
	}
	if err != nil {
		return "", fmt.Errorf("haproxy at %s: %w", socket, err)
	}
	defer func() { _ = conn.Close() }() // all that counts was read
	end := context.AfterFunc(ctx, func() { _ = conn.SetDeadline(time.Now()) })
	defer end()
	if _, err := io.WriteString(conn, line+"\n"); err != nil {
		return "", fmt.Errorf("haproxy at %s: %w", socket, err)
	}
	answer, err := io.ReadAll(bufio.NewReader(io.LimitReader(conn, 16<<20)))
	if err != nil {
		return "", fmt.Errorf("haproxy at %s: %w", socket, err)
	}
	return string(answer), nil
}

func firstLine(text string) string {
	line, _, _ := strings.Cut(text, "\n")
	return line
}

// words are the lines as a person sends them with socat.
func (h haproxy) words(out bool) [][]string {
	state := stateReady
	if out {
		state = stateDrain
	}
	var all [][]string
	for _, socket := range h.Sockets {
		address := "tcp:" + socket
		if strings.HasPrefix(socket, "/") {
			address = "unix:" + socket
		}
		for _, server := range h.Servers {
			all = append(all, []string{"sh", "-c", fmt.Sprintf("echo %q | socat - %s", setServer(server, state), address)})
		}
	}
	return all
}
