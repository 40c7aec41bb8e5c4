package replacement

// Validation returns the calls by which a throw-away container of an entry runs one command. What fails leads to its
// removal, as all else does.
func Validation(entry string) []Step {
	name := entry + "-" + randomValidation
	discard := Step{Call: Discard, Object: Throwaway, Name: name, Quiet: true}
	return []Step{
		{Call: Create, Object: Throwaway, Name: name, Undo: []Step{discard}},
		{Call: Start, Object: Throwaway, Name: name, Quiet: true},
		{Call: Wait, Object: Throwaway, Name: name},
		discard,
	}
}
