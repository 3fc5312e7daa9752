/**
 * `Mcp-Session-Id` as clients see it: the backend's own id with a keyed tag behind it that names, for whoever has the key, the
 * user, the client and the service that it was given to. Nothing is stored, so any replica knows it (pain-10), and to anybody
 * else it is no session at all (pain-15; advisory: session id not bound).
 */
import type { Keyring } from '@gateway/kernel'

/** A token may be refreshed within a session, so it is these that own one. */
export interface SessionOwner {
  readonly sub: string
  readonly client_id: string
}

export interface BoundSession {
  /** The backend's. */
  readonly id: string
  /** Which of several replicas of the backend has it; empty where there is one. */
  readonly replica: string
}

const LABEL = 'mcp-session'
/** MCP Streamable HTTP, Session Management: visible ASCII only. */
const VISIBLE = /^[\x21-\x7E]+$/
/** The key's id, the replica's tag, and the MAC; all that stands before is the backend's. */
const BOUND = /^([\x21-\x7E]+)\.([A-Za-z0-9_-]{1,16})\.([A-Za-z0-9_-]*)\.([A-Za-z0-9_-]{43})$/
const LENGTH_MAX = 4_096

export class SessionBinding {
  readonly #keyring: Keyring

  constructor(keyring: Keyring) {
    this.#keyring = keyring
  }

  /** Undefined for an id that no client may be given. */
  bind(session: BoundSession, serviceId: string, owner: SessionOwner): string | undefined {
    if (!VISIBLE.test(session.id)) return undefined
    const keyId = this.#keyring.activeId
    const mac = this.#keyring.mac(LABEL, boundTo(session, serviceId, owner), keyId)
    return `${session.id}.${keyId}.${session.replica}.${mac}`
  }

  /** Undefined unless it was given to exactly this owner at this service. */
  open(presented: string, serviceId: string, owner: SessionOwner): BoundSession | undefined {
    if (presented.length > LENGTH_MAX) return undefined
    const [, id, keyId, replica, mac] = BOUND.exec(presented) ?? []
    if (id === undefined || keyId === undefined || replica === undefined || mac === undefined) return undefined
    const session = { id, replica }
    return this.#keyring.verifyMac(LABEL, boundTo(session, serviceId, owner), keyId, mac) ? session : undefined
  }
}

function boundTo({ id, replica }: BoundSession, serviceId: string, { sub, client_id }: SessionOwner): string {
  return JSON.stringify([serviceId, sub, client_id, replica, id])
}
