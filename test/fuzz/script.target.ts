import { parseScript } from '../../src/formats/script.ts';
import { parseSupervisord } from '../../src/formats/supervisor.ts';
import type { FuzzTarget } from './target.ts';

const script = `#!/bin/sh -e
# comment with ' quote
if [ "$1" = "x" ]; then
  case "$2" in
    a|b) modprobe "nf_nat" ;;
    *) sysctl -w vm.max_map_count=262144 || true ;;
  esac
fi
cat <<-EOF > /proc/sys/net/ipv4/ip_forward
	text $(ip link add wg0 type wireguard)
	EOF
run() { mount -t proc proc /proc; \`ulimit -n\`; }
a=(one two) b="\${c:-$(cat /sys/fs/cgroup/memory/memory.limit_in_bytes)}" d=$((1+2))
exec gosu redis tini -s -- "$@" 2>&1 < /dev/net/tun &
`;

export const target: FuzzTarget = {
  name: 'script',
  seeds: () => [
    Buffer.from(script),
    Buffer.from(
      '#!/command/execlineb -P\nwith-contenv\ns6-setuidgid abc\nforeground { echo x }\n/usr/bin/prog -x\n',
    ),
    Buffer.from('[program:a]\ncommand=gosu x "y z" -f ; c\nuser=root\n[program:b]\ncommand: x\n'),
  ],
  run(bytes) {
    parseScript(bytes);
    parseSupervisord(bytes);
  },
};
