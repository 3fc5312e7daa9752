import { runProcess } from '@gateway/service'
import { runCommandLine } from './cli.ts'

// Whoever reads the output may stop before its end (`| head`).
process.stdout.on('error', () => process.exit())
await runProcess(process, () => runCommandLine(process))
