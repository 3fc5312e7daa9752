import { parseClientMetadata } from '@gateway/oauth'
import { specification } from '@gateway/testing'
import { describe, expect, it } from 'vitest'
import { type ClientRegistered, type RegisterClient, registration } from './registration.ts'

const metadata = parseClientMetadata({ redirect_uris: ['http://localhost/callback'] })
const command: RegisterClient = { type: 'RegisterClient', client_id: 'c1', metadata, at: 1_000 }
const registered: ClientRegistered = { type: 'ClientRegistered', client_id: 'c1', metadata, at: 1_000 }
const given = specification(registration)

describe('a registration', () => {
  it('is recorded with what was registered (RFC 7591 §3.2.1)', () => {
    given().when(command).then(registered)
  })

  it('never replaces another one (original-1)', () => {
    given(registered).when(command).thenRefused('client_exists')
  })

  it('is a client that registered itself', () => {
    expect(registration.evolve(registration.initial, registered)).toEqual({
      status: 'registered',
      client: { client_id: 'c1', origin: 'registered', metadata, registered_at: 1_000 },
    })
  })
})
