import { runService } from '@gateway/service'
import { createApp } from './app.ts'

await runService('provider-bridge', createApp)
