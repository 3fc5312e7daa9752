/** `npm run conformance`: prints, for each official suite, what it finds directly and through the gateway; 1 where they differ. */
import { differentialTable, findings, SUITES, type Suite, startEndpoints } from './differential.ts'

const endpoints = await startEndpoints()
for (const suite of Object.keys(SUITES) as Suite[]) {
  const direct = await findings(suite, endpoints.direct)
  const table = differentialTable(direct, await findings(suite, endpoints.proxied))
  console.log(`\n## ${suite}\n\n${table}`)
  if (table.includes('differs')) process.exitCode = 1
}
await endpoints.close()
