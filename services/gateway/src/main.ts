import { runProcess } from '@gateway/service'
import { runCommandLine } from './cli.ts'

await runProcess(process, () => runCommandLine(process))
