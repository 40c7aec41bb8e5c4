package journal

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"net"
	"os"
	"slices"
	"strings"
)

// Journal is where records go: the socket of systemd-journald, or where there is none, that of a syslog daemon.
type Journal struct {
	Socket string
	Syslog string
}

// Host is the journal of this host.
func Host() Journal {
	return Journal{Socket: "/run/systemd/journal/socket", Syslog: "/dev/log"}
}

// Identifier is the name under which the records stand in the journal.
const Identifier = "paunch"

// Priorities, in syslog's numbers.
const (
	Error  = 3
	Notice = 5
)

// Send writes one record: a message for people, and fields for programs, by their names. A host without a journal gets
// the message and the field that is named detail in its syslog; one with neither gets nothing, which is no error.
func (j Journal) Send(priority int, message string, fields map[string]string, detail string) error {
	all := maps.Clone(fields)
	all["MESSAGE"], all["PRIORITY"], all["SYSLOG_IDENTIFIER"] = message, fmt.Sprint(priority), Identifier
	err := write(j.Socket, encode(all))
	if err == nil || !isAbsent(err) {
		return err
	}
	const user = 1 << 3 // the facility
	line := fmt.Sprintf("<%d>%s[%d]: %s %s", user|priority, Identifier, os.Getpid(), message, fields[detail])
	if err := write(j.Syslog, []byte(line)); err != nil && !isAbsent(err) {
		return err
	}
	return nil
}

// isAbsent reports whether nobody listens at a socket.
func isAbsent(err error) bool {
	var call *os.SyscallError
	return errors.Is(err, fs.ErrNotExist) || errors.As(err, &call) && call.Syscall == "connect"
}

func write(socket string, datagram []byte) error {
	conn, err := net.DialUnix("unixgram", nil, &net.UnixAddr{Name: socket, Net: "unixgram"})
	if err != nil {
		return fmt.Errorf("connect to the journal: %w", err)
	}
	defer func() { _ = conn.Close() }() // the datagram was sent or not
	if _, err := conn.Write(datagram); err != nil {
		return fmt.Errorf("write to the journal: %w", err)
	}
	return nil
}

// encode is journald's native protocol: NAME=value lines, and values of several lines with their length.
func encode(fields map[string]string) []byte {
	var b bytes.Buffer
	for _, name := range slices.Sorted(maps.Keys(fields)) {
		value := fields[name]
		if !strings.Contains(value, "\n") {
			fmt.Fprintf(&b, "%s=%s\n", name, value)
			continue
		}
		b.WriteString(name + "\n")
		_ = binary.Write(&b, binary.LittleEndian, uint64(len(value))) // a Buffer takes all
		b.WriteString(value + "\n")
	}
	return b.Bytes()
}
