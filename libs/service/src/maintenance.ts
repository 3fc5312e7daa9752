/** What every service answers to operators beside its own operations: what its reactions parked, and how its views stand. */
import {
  type Bus,
  dropParked,
  listParked,
  type ParkedMessage,
  retryParked,
  type Subscription,
  serve,
} from '@gateway/bus'
import {
  type ManageParkedInput,
  type ManageProjectionsInput,
  manageParked,
  manageProjections,
  type Parked,
  type Projections,
  type ServiceName,
} from '@gateway/contracts'
import { type Clock, type Operation, Refusal } from '@gateway/kernel'
import type { App, AppDeps, CreateApp } from './app.ts'
import { measureLag, ObservedProjections } from './projections.ts'

/** The service, with these answers: they come before its own and end after them. */
export async function createMaintained(service: ServiceName, createApp: CreateApp, deps: AppDeps): Promise<App> {
  const { bus, clock, metrics } = deps
  const projections = new ObservedProjections(bus, clock)
  measureLag(metrics, service, projections)
  const app = await createApp({ ...deps, bus: observing(bus, projections) })
  const serving: Subscription[] = []
  return {
    ...(app.handler ? { handler: app.handler } : {}),
    async start() {
      serving.push(...(await serveMaintenance(service, { bus, clock, projections })))
      await app.start()
    },
    checks: () => app.checks(),
    async stop() {
      await app.stop()
      await Promise.all(serving.map((subscription) => subscription.stop()))
    },
  }
}

interface MaintenanceDeps {
  readonly bus: Bus
  readonly clock: Clock
  readonly projections: ObservedProjections
}

async function serveMaintenance(service: ServiceName, deps: MaintenanceDeps): Promise<readonly Subscription[]> {
  const { bus, clock, projections } = deps
  const parkedOf: Partial<Record<ServiceName, Operation<ManageParkedInput, Parked>>> = manageParked
  const projectionsOf: Partial<Record<ServiceName, Operation<ManageProjectionsInput, Projections>>> = manageProjections
  const [parked, views] = [parkedOf[service], projectionsOf[service]]
  return Promise.all([
    ...(parked ? [serve(bus, parked, clock, (input) => tendParked(bus, clock, service, input))] : []),
    ...(views ? [serve(bus, views, clock, (input) => tendProjections(projections, input))] : []),
  ])
}

async function tendParked(bus: Bus, clock: Clock, service: string, input: ManageParkedInput): Promise<Parked> {
  const parked = await listParked(bus, service)
  if (input.action === 'list') return { parked: [...parked] }
  const { durable, sequence } = input
  const isMeant = (message: ParkedMessage) => message.durable === durable && message.sequence === sequence
  const meant = parked.find(isMeant)
  if (!meant) throw new Refusal('not_parked', { durable, sequence })
  if (input.action === 'retry') await retryParked(bus, meant, clock())
  else await dropParked(bus, meant, clock())
  return { parked: parked.filter((message) => !isMeant(message)) }
}

async function tendProjections(projections: ObservedProjections, input: ManageProjectionsInput): Promise<Projections> {
  switch (input.action) {
    case 'list':
      return { projections: [...projections.list()] }
    case 'verify':
      return { projections: [await projections.verify(input.name)] }
    case 'rebuild':
      return { projections: [await projections.rebuild(input.name)] }
  }
}

/** The bus, whose projections are seen. */
function observing(bus: Bus, projections: ObservedProjections): Bus {
  return {
    request: (subject, data, context) => bus.request(subject, data, context),
    serve: (subject, queue, handler) => bus.serve(subject, queue, handler),
    last: (subject) => bus.last(subject),
    at: (stream, sequence) => bus.at(stream, sequence),
    append: (subject, id, data, expectedSequence) => bus.append(subject, id, data, expectedSequence),
    publish: (subject, id, data) => bus.publish(subject, id, data),
    project: (source, view) => projections.project(source, view),
    consume: (durable, handler) => bus.consume(durable, handler),
    redeliver: (durable, sequence) => bus.redeliver(durable, sequence),
    status: () => bus.status(),
    close: () => bus.close(),
  }
}
