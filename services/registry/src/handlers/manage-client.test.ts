import { handle, load } from '@gateway/bus'
import type { Registration } from '@gateway/contracts'
import { beforeEach, describe, expect, it } from 'vitest'
import { clients, registrations } from '../aggregates.ts'
import { createWorld, LOOPBACK, request, type World } from '../test-support/world.ts'
import { authenticateClient } from './authenticate-client.ts'
import { deleteClient, readClient, updateClient } from './manage-client.ts'
import { resolveClient } from './resolve-client.ts'

const HOUR = 3_600_000
const address = '192.0.2.1'

describe('a registration and its client', () => {
  let world: World
  let registered: Registration
  let client_id: string
  let registration_access_token: string

  beforeEach(async () => {
    world = await createWorld()
    registered = await world.register({ redirect_uris: [LOOPBACK], client_name: 'Before' })
    client_id = registered.client.client_id
    registration_access_token = registered.registration_access_token ?? ''
  })

  const access = (token = registration_access_token) => ({ client_id, registration_access_token: token })
  const update = (metadata: Record<string, unknown>, token?: string) =>
    updateClient(world, { ...access(token), metadata, address }, request())
  const wanted = () => ({ client_id, redirect_uris: ['http://127.0.0.1/cb'], client_name: 'After' })
  const remove = () => deleteClient(world, { ...access(), address }, request())
  const authenticate = (client_secret = '') =>
    authenticateClient(world, { method: 'client_secret_post', client_id, client_secret }, request())
  const adopt = () => {
    const command = { type: 'UseClient', client: registered.client, at: world.clock.now } as const
    return handle(world.bus, clients, client_id, command, { ...request(), actor: 'test', at: world.clock.now })
  }
  const invalid = { name: 'Refusal', code: 'registration_access_token_invalid' }

  it('is read with the token that it got (RFC 7592 §2.1)', async () => {
    expect(await readClient(world, access())).toEqual(registered)
  })

  it.each(['', 'x', 'k1.0.x', 'k1.1.x'])('is not read with %j', async (token) => {
    await expect(readClient(world, access(token))).rejects.toMatchObject(invalid)
  })

  it("is not read with another client's token, nor with its own secret", async () => {
    const { registration_access_token: other } = await world.register()
    await expect(readClient(world, access(other))).rejects.toMatchObject(invalid)
    await expect(readClient(world, access(registered.client_secret))).rejects.toMatchObject(invalid)
  })

  it('that does not exist looks like a wrong token (RFC 7592 §2.1), configured ones and URLs included', async () => {
    world = await createWorld({ config: { clients: { desk: { redirect_uris: [LOOPBACK] } } }, deps: world.deps })
    for (const id of ['nobody', 'desk', 'https://client.example/app.json'])
      await expect(readClient(world, { ...access(), client_id: id })).rejects.toMatchObject(invalid)
  })

  it.each(['not used yet', 'in use'])('is replaced whole, %s (RFC 7592 §2.2)', async (use) => {
    if (use === 'in use') await adopt()
    const { client } = await update(wanted())
    expect(client).toMatchObject({ client_id, registered_at: registered.client.registered_at })
    expect(client.metadata).toMatchObject({ redirect_uris: ['http://127.0.0.1/cb'], client_name: 'After' })
    expect(await resolveClient(world, client_id)).toEqual(client)
    expect((await load(world.bus, clients, client_id)).version).toBe(use === 'in use' ? 2 : 0)
  })

  it('has new credentials after a change, and the ones before for an hour: the answer may be lost', async () => {
    const changed = await update(wanted())
    expect(changed.client_secret).not.toBe(registered.client_secret)
    expect(changed.registration_access_token).not.toBe(registration_access_token)
    for (const { client_secret } of [registered, changed]) await authenticate(client_secret)
    expect(await readClient(world, access())).toEqual(changed)
    world.clock.advance(HOUR)
    await authenticate(changed.client_secret)
    await expect(authenticate(registered.client_secret)).rejects.toMatchObject({ code: 'client_authentication_failed' })
    await expect(readClient(world, access())).rejects.toMatchObject(invalid)
    expect(await readClient(world, access(changed.registration_access_token))).toEqual(changed)
  })

  it.each([
    [{ client_id: 'another' }, 'client_id'],
    [{ client_id: undefined }, 'client_id'],
    [{ client_secret: 'chosen' }, 'client_secret'],
    [{ registration_access_token: 'x' }, 'registration_access_token'],
    [{ registration_client_uri: 'https://x.example' }, 'registration_client_uri'],
    [{ client_secret_expires_at: 1 }, 'client_secret_expires_at'],
    [{ client_id_issued_at: 1 }, 'client_id_issued_at'],
  ])('is not changed with %j (RFC 7592 §2.2)', async (change, field) => {
    await expect(update({ ...wanted(), ...change })).rejects.toMatchObject({
      code: 'invalid_client_metadata',
      detail: { field },
    })
  })

  it('is changed by the rules of a registration, and with its own secret repeated', async () => {
    await expect(update({ ...wanted(), redirect_uris: ['javascript:x'] })).rejects.toMatchObject({
      code: 'invalid_redirect_uri',
    })
    expect(await update({ ...wanted(), client_secret: registered.client_secret })).toHaveProperty('client_secret')
  })

  it.each(['not used yet', 'in use'])('is deleted for good, %s (RFC 7592 §2.3)', async (use) => {
    if (use === 'in use') await adopt()
    await remove()
    await expect(resolveClient(world, client_id)).rejects.toMatchObject({ code: 'client_not_found' })
    await expect(authenticate(registered.client_secret)).rejects.toMatchObject({ code: 'client_not_found' })
    await expect(readClient(world, access())).rejects.toMatchObject(invalid)
    await expect(remove()).rejects.toMatchObject(invalid)
    // Nobody signed in for it: what was not used leaves nothing in the stream of clients.
    expect((await load(world.bus, clients, client_id)).version).toBe(use === 'in use' ? 2 : 0)
  })

  it('stays deleted when a code is redeemed late', async () => {
    await adopt()
    await remove()
    await adopt()
    expect((await load(world.bus, clients, client_id)).state).toEqual({
      status: 'deleted',
      client_id,
      deleted_at: world.clock.now,
    })
  })

  it('is changed in both places when it is adopted meanwhile', async () => {
    const append = world.bus.append.bind(world.bus)
    const bus = new Proxy(world.bus, {
      get: (target, name) =>
        name === 'append'
          ? async (...args: Parameters<typeof append>) => {
              const appended = await append(...args)
              await adopt()
              return appended
            }
          : Reflect.get(target, name).bind?.(target),
    })
    const input = { ...access(), metadata: wanted(), address }
    const { client } = await updateClient({ ...world, bus }, input, request())
    expect((await load(world.bus, clients, client_id)).state).toMatchObject({ status: 'active', client })
    expect((await load(world.bus, registrations, client_id)).state).toMatchObject({ client })
  })

  it('counts its changes like registrations, for each address', async () => {
    world = await createWorld({
      config: { registration: { dynamic: { per_address_per_hour: 2 } } },
      deps: world.deps,
    })
    await update(wanted())
    await update(wanted())
    await expect(update(wanted())).rejects.toMatchObject({ code: 'registration_limit' })
    await expect(remove()).rejects.toMatchObject({ code: 'registration_limit' })
  })
})
