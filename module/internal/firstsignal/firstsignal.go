// Package firstsignal receives the signals that interrupt a run from the first moment of the program on. Before main
// begins, the packages of the program are initialized; from a cold disk that takes a tenth of a second, in which a
// signal would end the program without a result. Go initializes packages in the order of their import paths, as far
// as what they import allows: this one imports next to nothing, so it is among the first. Only the command imports
// it: a program that uses the library has signals of its own.
package firstsignal

import (
	"os"
	"os/signal"
	"syscall"
)

// Arrived has the signals that have come so far. A second one counts too, hence the room.
var Arrived = listen()

func listen() <-chan os.Signal {
	arrived := make(chan os.Signal, 2)
	signal.Notify(arrived, syscall.SIGTERM, syscall.SIGINT, syscall.SIGHUP)
	return arrived
}
