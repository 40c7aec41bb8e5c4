package config

import "testing"

func TestProblemsNameTheKey(t *testing.T) {
	for name, tc := range map[string]struct {
		keys raw
		want string
	}{
		"no image":                             {raw{"image": nil}, `key "image": is missing`},
		"an image that is a list":              {raw{"image": []any{"x"}}, `key "image": must be a string, a number or a bool, not a list`},
		"an image that is none":                {raw{"image": "--rm x"}, `key "image": is no reference to an image`},
		"a one-shot that restarts":             {raw{"detach": false, "restart": "always"}, `key "restart": contradicts detach: false: a one-shot runs to completion`},
		"a one-shot to become healthy":         {raw{"detach": false, "wait": "healthy"}, `key "wait": contradicts detach: false: a one-shot is waited for until it ends`},
		"what restarts is never removed":       {raw{"restart": "always", "remove": true}, `key "remove": contradicts restart: what restarts is never finished`},
		"a stopped one-shot":                   {raw{"detach": false, "state": "stopped"}, `key "detach": contradicts state: stopped`},
		"a wait for a check that is off":       {raw{"restart": "always", "wait": "healthy", "healthcheck": false}, `key "wait": waits for a healthcheck that is switched off`},
		"a time limit on a service":            {raw{"restart": "always", "timeout": 5}, `key "timeout": limits one-shots (detach: false) and execs: this is neither`},
		"an exec without a command":            {raw{"action": "exec"}, `key "command": is missing: an exec needs its target and what to run there`},
		"an exec with nothing to run":          {raw{"action": "exec", "command": "db"}, `key "command": names its target only, and nothing to run there`},
		"an exec of itself":                    {raw{"action": "exec", "command": "web true"}, `key "command": the target of an exec cannot be the entry itself`},
		"an exec with volumes":                 {raw{"action": "exec", "command": "db true", "volumes": "/a:/a"}, `key "volumes": an exec cannot honour it: only user, privileged, environment and workdir`},
		"an exec that restarts":                {raw{"action": "exec", "command": "db true", "restart": "always"}, `key "restart": has no meaning for an exec`},
		"an exec that inherits":                {raw{"action": "exec", "command": "db true", "environment": "HOME"}, `key "environment": a variable has no value (NAME=value): an exec inherits none`},
		"an action that is none":               {raw{"action": "dance"}, `key "action": invalid value "dance": must be one of run, exec`},
		"a policy that is none":                {raw{"restart": "sometimes"}, `key "restart": invalid value "sometimes": must be one of no, always, unless-stopped, on-failure[:N]`},
		"tries that are no number":             {raw{"restart": "on-failure:x"}, `key "restart": the number of tries after on-failure must be a whole number`},
		"a state of absence":                   {raw{"state": "absent"}, `key "state": to remove a container, leave it out of the config`},
		"unbalanced quotes":                    {raw{"command": `sh -c 'x`}, `key "command": has unbalanced quotes: Unterminated single-quoted string`},
		"a mapping as a command":               {raw{"command": raw{"a": 1}}, `key "command": must be a list or a string, not a mapping`},
		"two mounts at one place":              {raw{"volumes": []any{"/a:/x", "/b:/x/"}}, `key "volumes": "/a:/x" and "/b:/x/" have the same destination`},
		"volumes as a mapping":                 {raw{"volumes": raw{"/a": "/b"}}, `key "volumes": must be a list or a string, not a mapping`},
		"a mapping in a list":                  {raw{"volumes": []any{raw{"a": "b"}}}, `key "volumes": element 1 must be a string, a number or a bool, not a mapping`},
		"a list as a value of a variable":      {raw{"environment": raw{"A": []any{}}}, `key "environment": the value of "A" must be a string, a number or a bool, not a list`},
		"a variable without a name":            {raw{"environment": []any{"=x"}}, `key "environment": a variable needs a name`},
		"a variable with a blank in its name":  {raw{"environment": raw{"A B": 1}}, `key "environment": the name of a variable holds a blank or an equals sign`},
		"a NUL in a value":                     {raw{"environment": raw{"A": "b\x00"}}, `key "environment": holds the control character U+0000`},
		"a NUL in a command":                   {raw{"command": []any{"a\x00"}}, `key "command": holds the control character U+0000`},
		"an escape sequence in a host name":    {raw{"hostname": "\x1b[0m"}, `key "hostname": holds the control character U+001B`},
		"a newline in the name of a label":     {raw{"labels": raw{"a\nb": 1}}, `key "labels": holds the control character U+000A`},
		"a number as variables":                {raw{"environment": 7}, `key "environment": expected a mapping or a list of NAME=value, not a number`},
		"a number among variables":             {raw{"environment": []any{"A=1", 7}}, `key "environment": element 2: expected NAME=value, not a number`},
		"a bool as labels":                     {raw{"labels": true}, `key "labels": expected a mapping or a list of NAME=value, not a bool`},
		"a number as kernel parameters":        {raw{"sysctls": 1}, `key "sysctls": expected a mapping or a list of NAME=value, not a number`},
		"a number as log options":              {raw{"log_opt": 10}, `key "log_opt": expected a mapping or a list of NAME=value, not a number`},
		"a limit that is none":                 {raw{"dimensions": raw{"mem_limits": "1g"}}, `key "dimensions": "mem_limits" is no limit: did you mean "mem_limit"?`},
		"a limit that contradicts":             {raw{"dimensions": raw{"mem_limit": "1g"}, "memory": "2g"}, `key "memory": contradicts the key "dimensions"`},
		"a number as limits":                   {raw{"dimensions": 7}, `key "dimensions": expected a mapping, not a number`},
		"a number as volumes":                  {raw{"volumes": 7}, `key "volumes": must be a list or a string, not a number`},
		"a number as an env file":              {raw{"env_file": 7}, `key "env_file": must be a list or a string, not a number`},
		"a number as a network":                {raw{"net": 7}, `key "net": must be a list or a string, not a number`},
		"a number as hosts":                    {raw{"extra_hosts": 7}, `key "extra_hosts": must be a list or a string, not a number`},
		"a number as units":                    {raw{"restart": "always", "depends_on": 7}, `key "depends_on": must be a list or a string, not a number`},
		"a bool as volumes":                    {raw{"volumes": false}, `key "volumes": must be a list or a string, not a bool`},
		"a bool among capabilities":            {raw{"cap_add": []any{"NET_RAW", true}}, `key "cap_add": element 2 must be a string or a number, not a bool`},
		"a bool as a network":                  {raw{"net": false}, `key "net": must be a list or a string, not a bool`},
		"a bool as a user":                     {raw{"user": true}, `key "user": expected a string or a number, not a bool`},
		"a bool as an image":                   {raw{"image": true}, `key "image": expected a string, not a bool`},
		"a number as a healthcheck":            {raw{"healthcheck": 5}, `key "healthcheck": expected a mapping or a command, not a number`},
		"an archive as an image":               {raw{"image": "oci-archive:/tmp/x.tar"}, `key "image": images of the transport oci-archive: are not pulled by a step; load the image first (podman pull oci-archive:PATH) and write its name`},
		"a relative source without a file":     {raw{"volumes": []any{"/a:/a", "./b:/b"}}, `key "volumes": a relative path needs a config file, whose directory it is relative to: this config is inline; write an absolute path`},
		"a process id file":                    {raw{"pidfile": "/run/x"}, `key "pidfile": cannot be set: Podman's API cannot set it; podman inspect --format {{.State.Pid}} NAME prints the process id`},
		"a newline in a user":                  {raw{"user": "root\nExecStart=x"}, `key "user": holds the control character U+000A`},
		"bytes that are no text":               {raw{"environment": raw{"A": "\xff"}}, `key "environment": is not valid UTF-8`},
		"a newline in the flags of a unit":     {raw{"systemd_exec_flags": raw{"A": "b\nc"}}, `key "systemd_exec_flags": holds the control character U+000A`},
		"flags of a unit with an equals sign":  {raw{"systemd_exec_flags": raw{"A=b": "c"}}, `key "systemd_exec_flags": the name of a unit's option must not be empty, nor hold blanks, brackets or an equals sign`},
		"a negative duration":                  {raw{"stop_grace_period": "-1s"}, `key "stop_grace_period": must be between 0 and 876000h0m0s`},
		"a duration without end":               {raw{"stop_grace_period": "1e300"}, `key "stop_grace_period": must be between 0 and 3153600000 seconds`},
		"a duration that is none":              {raw{"stop_grace_period": "soon"}, `key "stop_grace_period": must be a number of seconds or a duration such as "1m30s"`},
		"a bool as a duration":                 {raw{"stop_grace_period": true}, `key "stop_grace_period": must be a number of seconds or a duration such as "1m30s"`},
		"a bool that is none":                  {raw{"privileged": "maybe"}, `key "privileged": must be true or false`},
		"a list as a bool":                     {raw{"detach": []any{}}, `key "detach": must be true or false, not a list`},
		"an order that is no number":           {raw{"start_order": "first"}, `key "start_order": must be a whole number`},
		"an order with a fraction":             {raw{"start_order": 1.5}, `key "start_order": must be a whole number`},
		"an exit code out of range":            {raw{"exit_codes": []any{256}}, `key "exit_codes": an exit code must be between 0 and 255`},
		"a healthcheck that is only on":        {raw{"healthcheck": true}, `key "healthcheck": needs a "test"`},
		"a healthcheck's bad interval":         {raw{"healthcheck": raw{"test": "x", "interval": "x"}}, `key "healthcheck": "interval" must be a number of seconds or a duration such as "1m30s"`},
		"two names that contradict each other": {raw{"mem_limit": "1g", "memory": "2g"}, `key "memory": contradicts the key "mem_limit"`},
		"two intervals":                        {raw{"check_interval": 5, "healthcheck": raw{"test": "x", "interval": 6}}, `key "healthcheck": "interval" contradicts the key "check_interval"`},
		"two policies":                         {raw{"restart": "always", "restart_policy": "on-failure"}, `key "restart_policy": the keys "restart" and "restart_policy" contradict each other`},
		"a label of the step's own":            {raw{"labels": raw{"managed_by": "me"}}, `key "labels": the label "managed_by" is reserved: only paunch sets it`},
		"what the step decides":                {raw{"name": "other"}, `key "name": cannot be set: the step names its containers: the name is the entry's own`},
		"a new pod":                            {raw{"pod": "new:x"}, `key "pod": a step makes no pods: join one that exists`},
		"a signal with a blank":                {raw{"reload_signal": "HUP; rm"}, `key "reload_signal": must be the name or number of a signal`},
	} {
		t.Run(name, func(t *testing.T) {
			_, _, err := DecodeEntry("web", "", withImage(tc.keys), Options{})
			problems := Problems(err)
			if len(problems) != 1 || problems[0].Error() != `container "web": `+tc.want {
				t.Errorf("got  %v\nwant %s", err, tc.want)
			}
		})
	}
}
