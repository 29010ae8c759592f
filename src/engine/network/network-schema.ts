/** Tables of networks in engine.db: one step of its migrations. */
export const networkTables = `-- definition is JSON (network-record.ts).
   CREATE TABLE network (
     id TEXT PRIMARY KEY,
     name TEXT NOT NULL UNIQUE,
     definition TEXT NOT NULL
   ) STRICT, WITHOUT ROWID;

   -- A container in a network, from before it is set up until it is taken down. Void in another run of the machine.
   CREATE TABLE endpoint (
     container TEXT NOT NULL,
     network TEXT NOT NULL REFERENCES network (id),
     interface TEXT NOT NULL,
     ip4 TEXT,
     ip6 TEXT,
     mac TEXT NOT NULL,
     detail TEXT NOT NULL,
     boot_id TEXT NOT NULL,
     PRIMARY KEY (container, network),
     UNIQUE (container, interface),
     UNIQUE (network, ip4),
     UNIQUE (network, ip6)
   ) STRICT, WITHOUT ROWID;

   -- Address given last in a subnet.
   CREATE TABLE last_address (
     network TEXT NOT NULL REFERENCES network (id) ON DELETE CASCADE,
     subnet TEXT NOT NULL,
     address TEXT NOT NULL,
     PRIMARY KEY (network, subnet)
   ) STRICT, WITHOUT ROWID;

   -- Ports of the host that containers have; '' is every address.
   CREATE TABLE port (
     container TEXT NOT NULL,
     protocol TEXT NOT NULL,
     host_ip TEXT NOT NULL,
     host_port INTEGER NOT NULL,
     container_port INTEGER NOT NULL,
     boot_id TEXT NOT NULL,
     PRIMARY KEY (protocol, host_ip, host_port)
   ) STRICT, WITHOUT ROWID;
   CREATE INDEX port_container ON port (container);`;
