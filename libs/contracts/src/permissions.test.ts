import { describe, expect, it } from 'vitest'
import { access } from './access.ts'
import { natsAuthorization, permissionsOf, ROLES } from './permissions.ts'
import { type ServiceName, streams } from './streams.ts'

const services = Object.keys(access) as ServiceName[]

describe('the permissions of a service', () => {
  it('let it write its own aggregates and nobody else write them', () => {
    for (const owner of services) {
      for (const prefix of access[owner].owns) {
        const writers = services.filter((service) => permissionsOf(service).publish.includes(`${prefix}.*`))
        expect([prefix, writers]).toEqual([prefix, [owner]])
      }
    }
  })

  it('let it serve only as a member of its own queue group, and read only its own answers', () => {
    for (const service of services) {
      for (const subject of permissionsOf(service).subscribe) {
        expect(subject).toMatch(new RegExp(`^(_INBOX_${service}\\.>|req\\.${service}\\.[a-z-]+ ${service})$`))
      }
    }
  })

  it('let nobody but bootstrap create, change, purge or delete a stream or a durable consumer', () => {
    const dangerous =
      /\$JS\.API\.(>|\*|STREAM\.(CREATE|UPDATE|DELETE|PURGE|MSG\.DELETE|RESTORE|SNAPSHOT)|CONSUMER\.DURABLE)/
    for (const role of ROLES.filter((name) => name !== 'bootstrap' && name !== 'auditor')) {
      expect([role, permissionsOf(role).publish.filter((subject) => dangerous.test(subject))]).toEqual([role, []])
    }
    const auditors = permissionsOf('auditor').publish.filter((subject) => dangerous.test(subject))
    expect(auditors).toEqual([`$JS.API.CONSUMER.DURABLE.CREATE.${streams.audit.name}.*`])
  })

  it('let an auditor read the audit and nothing else', () => {
    const { publish, subscribe } = permissionsOf('auditor')
    expect([...publish, ...subscribe].filter((subject) => /EVT_|evt\.|req\./.test(subject))).toEqual([])
  })
})

describe("the server's configuration", () => {
  it('has one user for each key given, with allow-lists only', () => {
    const text = natsAuthorization({ proxy: 'UPROXY', auditor: 'UAUDITOR' })
    expect(text).toContain('{ nkey: UPROXY')
    expect(text).toContain('{ nkey: UAUDITOR')
    expect(text).not.toContain('deny')
    expect(text.match(/nkey:/g)).toHaveLength(2)
  })
})
