// Package replacement is the protocol by which an entry's container changes: what each container that carries the
// entry's labels is to it (Choose), and which calls lead from there to the wanted state, each with its way back
// (Change.Steps). It is pure and knows no host: the planner asks it, the executor follows what it returned. What an
// interrupted run left is a state like any other: the same functions lead on from it.
package replacement
