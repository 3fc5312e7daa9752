/** `gateway doctor <url>`: plays a client against a running gateway, this or any other, and says of each step what is wrong and who mends it. */
import { CannotStart, type Host } from '@gateway/service'
import { harmless } from '../text.ts'
import { authorizationSteps } from './authorization.ts'
import { discoverySteps } from './discovery.ts'
import { endpointSteps } from './endpoint.ts'
import { type Finding, WHO } from './finding.ts'
import { ask, NoAnswer } from './http.ts'
import { farewell, REDIRECT_URI, registrationSteps } from './registration.ts'
import { tokenSteps } from './token.ts'
import { listOf, type Step, textOf, type Visit } from './visit.ts'
import { webSteps } from './web.ts'

export interface DoctorFlags {
  readonly json?: boolean | undefined
  /** A client that the gateway knows already, instead of registering one. */
  readonly client?: string | undefined
  readonly redirectUri?: string | undefined
}

const STEPS: readonly Step[] = [
  ...endpointSteps,
  ...discoverySteps,
  ...registrationSteps,
  ...authorizationSteps,
  ...tokenSteps,
  ...webSteps,
  farewell,
]

export interface Examined {
  readonly step: string
  /** Why it was not looked at. */
  readonly skipped?: string
  readonly findings: readonly Finding[]
}

/** @throws CannotStart something is wrong, after everything has been said */
export async function doctor(target: string, flags: DoctorFlags, host: Pick<Host, 'stdout'>): Promise<void> {
  const endpoint = await endpointOf(target)
  const examined = await examine(endpoint, flags, (step) => {
    if (flags.json !== true) host.stdout.write(lines(step))
  })
  const wrong = examined.flatMap(({ findings }) => findings).length
  if (flags.json === true) host.stdout.write(`${JSON.stringify({ endpoint: endpoint.href, steps: examined })}\n`)
  if (wrong > 0)
    throw new CannotStart(`${wrong === 1 ? 'one thing is' : `${wrong} things are`} wrong at ${endpoint.href}`)
  if (flags.json !== true) host.stdout.write(`nothing is wrong at ${endpoint.href}\n`)
}

/** All steps in order; a step that meets no answer is a finding, and the ones that need what it would have told are skipped. */
export async function examine(
  endpoint: URL,
  { client, redirectUri = REDIRECT_URI }: DoctorFlags,
  onStep: (step: Examined) => void = () => undefined,
): Promise<readonly Examined[]> {
  const visit: Visit = {
    endpoint,
    isProtected: true,
    ...(client === undefined ? {} : { client: { id: client, redirectUri } }),
  }
  const examined: Examined[] = []
  for (const step of STEPS) {
    const result = await examineStep(step, visit)
    examined.push(result)
    onStep(result)
    // Nothing that follows can be better than no answer at all.
    if (examined.length === 1 && result.findings.some(({ what }) => what.startsWith(endpoint.href))) break
  }
  return examined
}

async function examineStep({ title, skip, look }: Step, visit: Visit): Promise<Examined> {
  const reason = skip?.(visit)
  if (reason !== undefined) return { step: title, skipped: reason, findings: [] }
  try {
    return { step: title, findings: await look(visit) }
  } catch (error) {
    if (!(error instanceof NoAnswer)) throw error
    return { step: title, findings: [error.finding] }
  }
}

/** An MCP endpoint as it is; of an origin alone, the first protected resource that it names. @throws CannotStart */
async function endpointOf(target: string): Promise<URL> {
  if (!/^https?:\/\//.test(target) || !URL.canParse(target)) {
    throw new CannotStart(`"${target}" is no URL: https://gateway.example.com/<service>/mcp is one`)
  }
  const url = new URL(target)
  if (url.pathname !== '/') return url
  try {
    const { json } = await ask(`${url.origin}/.well-known/oauth-protected-resource`)
    const [document] = listOf(json, 'documents')
    const named =
      textOf(json, 'resource') ?? textOf(document === undefined ? undefined : (await ask(document)).json, 'resource')
    if (named !== undefined && URL.canParse(named)) return new URL(named)
  } catch (error) {
    if (!(error instanceof NoAnswer)) throw error
    throw new CannotStart(`${error.finding.what}: ${error.finding.mend}`, { cause: error })
  }
  throw new CannotStart(`${url.origin} names no protected resource: give the URL of an MCP endpoint (…/<service>/mcp)`)
}

function lines({ step, skipped, findings }: Examined): string {
  if (skipped !== undefined) return `-  ${step}: ${skipped}\n`
  const mark = findings.length === 0 ? 'ok' : 'X '
  const told = findings.map(({ what, who, mend }) => `     ${harmless(what)}\n     ${WHO[who]}: ${harmless(mend)}\n`)
  return `${mark} ${step}\n${told.join('')}`
}
