import { Secret, Unavailable, Unreadable } from '@gateway/kernel'
import { describe, expect, it } from 'vitest'
import { createLogger, logUnreadable } from './log.ts'

function written(
  options: { debug: boolean; quiet?: boolean },
  act: (log: ReturnType<typeof createLogger>) => void,
): string {
  let text = ''
  act(createLogger({ service: 'proxy', ...options, destination: { write: (chunk: string) => void (text += chunk) } }))
  return text
}

describe('the log', () => {
  it('is one JSON object a line, with the service’s name', () => {
    const text = written({ debug: false }, (log) => {
      log.info({ port: 8080 }, 'serving')
      log.debug('not shown')
    })
    expect(JSON.parse(text)).toMatchObject({ service: 'proxy', port: 8080, msg: 'serving' })
  })

  it.each([{ debug: false }, { debug: true }])(
    'original-26: never shows a credential, wherever it stands (debug: $debug)',
    (options) => {
      const text = written(options, (log) => {
        log.warn(
          { authorization: 'Bearer s3cr3t', body: { client_secret: 's3cr3t', deep: { access_token: 's3cr3t' } } },
          'x',
        )
        log.warn({ headers: { cookie: 's3cr3t', 'set-cookie': ['s3cr3t'] }, secret: new Secret('s3cr3t') }, 'y')
      })
      expect(text).toContain('[redacted]')
      expect(text).not.toContain('s3cr3t')
    },
  )

  it('is readable with debug', () => {
    const text = written({ debug: true }, (log) => log.debug({ attempt: 1 }, 'trying'))
    expect(text).toMatch(/DEBUG.*trying/)
    expect(() => JSON.parse(text)).toThrow(SyntaxError)
  })

  it('is silent about what works when something else is on the screen', () => {
    const text = written({ debug: false, quiet: true }, (log) => {
      log.info('serving')
      log.warn('look here')
    })
    expect(text).not.toContain('serving')
    expect(text).toContain('look here')
  })
})

describe('what is stored and cannot be read', () => {
  it('is one line for each place, however many requests meet it; other outages are none', () => {
    const damaged = new Unreadable('the stored value token-issuer:a is damaged')
    const text = written({ debug: false }, (log) => {
      logUnreadable(log, damaged, { of: 'req.token-issuer.refresh-token' })
      logUnreadable(log, new Unavailable('store', { cause: damaged }))
      logUnreadable(log, new Unavailable('store', { cause: new Error('down') }))
      logUnreadable(log, new Error('a bug'))
    })
    expect(
      text
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line) as object),
    ).toEqual([
      expect.objectContaining({
        level: 50,
        problem: 'the stored value token-issuer:a is damaged',
        of: 'req.token-issuer.refresh-token',
        msg: 'what is stored cannot be read: what needs it is refused until it is mended',
      }),
    ])
  })
})
