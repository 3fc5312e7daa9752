/** `node main.ts provider | calculator`: one demo part alone, for containers. Settings come from the environment. */
import { startDemoCalculator, startDemoProvider } from './index.ts'

const { env } = process
const host = env.DEMO_HOST ?? 'localhost'

const parts = {
  provider: () =>
    startDemoProvider({
      host,
      port: Number(env.DEMO_PORT ?? 8081),
      issuer: env.DEMO_ISSUER,
      clientId: env.DEMO_CLIENT_ID ?? 'gateway',
      clientSecret: env.DEMO_CLIENT_SECRET ?? fail('DEMO_CLIENT_SECRET is not set'),
      redirectUri: env.DEMO_REDIRECT_URI ?? 'http://localhost:8080/oauth/callback',
    }),
  calculator: () => startDemoCalculator({ host, port: Number(env.DEMO_PORT ?? 8082) }),
}

function fail(problem: string): never {
  console.error(problem)
  process.exit(78)
}

const name = process.argv[2]
if (name !== 'provider' && name !== 'calculator') fail('usage: main.ts provider | calculator')
const running = await parts[name]().catch((error: Error) => fail(`demo ${name}: ${error.message}`))
console.log(`demo ${name}: ${running.url}`)
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => void running.close())
