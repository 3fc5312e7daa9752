/** `gateway services …`: the catalogue in force. */
import { applyServices, listServices } from '@gateway/contracts'
import { table } from '../text.ts'
import type { OperatorCommandSpec } from './command.ts'

const group = 'services'

export const servicesCommands: readonly OperatorCommandSpec[] = [
  {
    group,
    name: 'list',
    description: 'the services in force, with their backends',
    run: async ({ ask }) => {
      const { services } = await ask(listServices, {})
      const rows = services.map(({ id, name, url, auth_required, scopes }) => [
        id,
        name,
        url,
        auth_required ? 'required' : 'public',
        scopes.join(' '),
      ])
      return { value: services, text: table(['SERVICE', 'NAME', 'BACKEND', 'SIGN-IN', 'SCOPES'], rows) }
    },
  },
  {
    group,
    name: 'apply',
    description: 'bring the services of the configuration into force, also of one that another has superseded',
    run: async ({ ask }) => {
      const done = await ask(applyServices, {})
      return { value: done, text: `${done.services} services are in force; ${done.changes} changed\n` }
    },
  },
]
