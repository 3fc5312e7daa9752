import { runService } from '@gateway/service'
import { createApp } from './app.ts'
import { giveMemoryBack } from './give-back.ts'

await runService('proxy', async (deps) => {
  const app = await createApp(deps)
  const start = async () => {
    await app.start()
    giveMemoryBack()
  }
  return { ...app, start }
})
