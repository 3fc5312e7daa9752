import { journeyContract } from './journey.ts'
import { startFiveProcesses } from './stack/five-processes.ts'
import { wireContract } from './wire.ts'

journeyContract('in five processes over NATS and Redis', startFiveProcesses)
wireContract('in five processes over NATS and Redis', startFiveProcesses)
