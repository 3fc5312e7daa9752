import { journeyContract } from './journey.ts'
import { startOneProcess } from './stack/stack.ts'
import { wireContract } from './wire.ts'

journeyContract('in one process', startOneProcess)
wireContract('in one process', startOneProcess)
