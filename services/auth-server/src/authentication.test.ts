import { Refusal } from '@gateway/kernel'
import { CHARACTER_MAX, characterAt, testDeps } from '@gateway/testing'
import * as fc from 'fast-check'
import { describe, expect, it, onTestFinished } from 'vitest'
import { credentialsOf } from './authentication.ts'
import { readParameters } from './domain/parameters.ts'
import { clientOf, setStage } from './test-support/stage.ts'

const basic = (text: string) => `Basic ${Buffer.from(text).toString('base64')}`
const read = (authorization: string | undefined, form: Record<string, string> = {}) =>
  credentialsOf(authorization, readParameters(form))
const refusalOf = (act: () => unknown) => {
  try {
    act()
  } catch (error) {
    return (error as Refusal).code
  }
  return undefined
}

describe('what a client shows', () => {
  it('is its id alone, for a public client', () => {
    expect(read(undefined, { client_id: 'c1' })).toEqual([{ method: 'none', client_id: 'c1' }])
  })

  it('is id and secret in the form (RFC 6749 §2.3.1)', () => {
    const form = { client_id: 'c1', client_secret: 's%20' }
    expect(read(undefined, form)).toEqual([{ method: 'client_secret_post', client_id: 'c1', client_secret: 's%20' }])
  })

  it('is id and secret in the header, as they are and form-decoded where that differs (protocol 1.3.10)', () => {
    const of = (client_id: string, client_secret: string) => ({
      method: 'client_secret_basic',
      client_id,
      client_secret,
    })
    expect(read(basic('c1:a:b'))).toEqual([of('c1', 'a:b')])
    expect(read(basic('c1:a%3Ab+c'))).toEqual([of('c1', 'a%3Ab+c'), of('c1', 'a:b c')])
    expect(read(basic('c1:100%'))).toEqual([of('c1', '100%')])
    expect(read(basic('c1:'))).toEqual([of('c1', '')])
    expect(read(basic('https%3A%2F%2Fapp.example%2F:s'), { client_id: 'https://app.example/' })).toEqual([
      of('https://app.example/', 's'),
    ])
  })

  it('is read out of any header and form, or refused, and what was put in the header is among what is read', () => {
    const text = fc.string({ unit: fc.nat(CHARACTER_MAX).map(characterAt), maxLength: 60 })
    const form = fc.dictionary(fc.constantFrom('client_id', 'client_secret', 'client_assertion'), text)
    fc.assert(
      fc.property(fc.option(fc.oneof(text, text.map(basic)), { nil: undefined }), form, (authorization, fields) => {
        const code = refusalOf(() => read(authorization, fields))
        expect(code ?? 'authentication_none').toMatch(/^authentication_/)
      }),
    )
    const id = fc.stringMatching(/^[A-Za-z0-9._~-]{1,30}$/)
    fc.assert(
      fc.property(id, fc.string({ maxLength: 60 }), (client_id, client_secret) => {
        const expected = { method: 'client_secret_basic', client_id, client_secret }
        expect(read(basic(`${client_id}:${client_secret}`))[0]).toEqual(expected)
        // RFC 6749 §2.3.1: form-encoded by whoever follows it.
        const encoded = new URLSearchParams({ x: client_secret }).toString().slice(2)
        expect(read(basic(`${client_id}:${encoded}`)).at(-1)).toEqual(expected)
      }),
    )
  })

  it.each<[string, string | undefined, Record<string, string>]>([
    ['authentication_missing', undefined, {}],
    ['authentication_ambiguous', basic('c1:s'), { client_secret: 's' }],
    ['authentication_ambiguous', basic('c1:s'), { client_assertion: 'jwt' }],
    ['authentication_ambiguous', undefined, { client_id: 'c1', client_secret: 's', client_assertion: 'jwt' }],
    ['authentication_ambiguous', basic('c1:s'), { client_id: 'c2' }],
    ['authentication_unsupported', undefined, { client_id: 'c1', client_assertion: 'jwt' }],
    ['authentication_unsupported', undefined, { client_assertion: 'jwt', client_assertion_type: 'other' }],
    ['authentication_malformed', 'Bearer abc', {}],
    ['authentication_malformed', 'Basic !', {}],
    ['authentication_malformed', basic('nocolon'), {}],
    ['authentication_malformed', basic(':secret'), {}],
  ])('is refused as %s for %j and %j', (code, authorization, form) => {
    expect(refusalOf(() => read(authorization, form))).toBe(code)
  })
})

describe('a client at the token endpoint', () => {
  async function confidential() {
    const made = await setStage(await testDeps())
    onTestFinished(() => made.close())
    const client = clientOf({ token_endpoint_auth_method: 'client_secret_basic' })
    made.neighbours.clients.set(client.client_id, { client, secret: 'a secret+' })
    const refresh = { grant_type: 'refresh_token', refresh_token: 'refresh-x' }
    const send = (form: Record<string, string>, headers: Record<string, string> = {}) =>
      made.send('/oauth/token', { form: { ...refresh, ...form }, headers })
    return { made, id: client.client_id, send }
  }

  it('401: JSON with the scheme that was tried (RFC 6749 §5.2, original-16, pain-3)', async () => {
    const { id, send } = await confidential()
    const answer = await send({}, { authorization: basic(`${id}:wrong`) })
    expect([answer.status, answer.json['error']]).toEqual([401, 'invalid_client'])
    expect(answer.headers['www-authenticate']).toBe('Basic realm="oauth", charset="UTF-8"')
    const posted = await send({ client_id: id, client_secret: 'wrong' })
    expect([posted.status, posted.headers['www-authenticate']]).toEqual([401, undefined])
  })

  it('is let in by either reading of the header, and the answer asks for nothing', async () => {
    const { id, send } = await confidential()
    for (const secret of ['a secret+', 'a+secret%2B']) {
      const answer = await send({}, { authorization: basic(`${id}:${secret}`) })
      expect(answer.json['error']).toBe('invalid_grant')
      expect(answer.headers['www-authenticate']).toBeUndefined()
    }
  })

  it('401: without its secret, or as somebody unknown', async () => {
    const { id, send } = await confidential()
    expect((await send({ client_id: id })).status).toBe(401)
    expect((await send({ client_id: 'unknown' })).status).toBe(401)
    expect((await send({})).status).toBe(401)
  })

  it('400: with more than one method', async () => {
    const { id, send } = await confidential()
    const answer = await send({ client_secret: 'x' }, { authorization: basic(`${id}:x`) })
    expect([answer.status, answer.json['error']]).toEqual([400, 'invalid_request'])
    expect(answer.headers['www-authenticate']).toBeUndefined()
  })

  it('leaves an audit event when it shows nothing that could be checked, and never what it showed', async () => {
    const { made, id, send } = await confidential()
    await send({ client_id: id, client_assertion: 'ey-secret' })
    await send({ client_id: 'a pasted secret', client_assertion: 'ey-secret' })
    const events = await made.audited('audit.client.authentication-failed', 2)
    expect(events.map(({ data }) => [data.reason, data.client_id])).toEqual([
      ['authentication_unsupported', id],
      ['authentication_unsupported', undefined],
    ])
  })
})
