/** A way to a running deployment, and what an operator may say over it. Adapters: over the bus itself, over the socket of one process. */
import type { AuditCloudEvent, OperatorCommand } from '@gateway/contracts'
import type { Operation } from '@gateway/kernel'

export interface TailOptions {
  /** Which audit events: `audit.>` or narrower. */
  readonly subject: string
  /** Events stored at or after this, milliseconds since the epoch; absent: from the first one kept. */
  readonly since?: number | undefined
  /** Goes on with what comes; else ends with what is there. */
  readonly follow: boolean
}

export type OnEvent = (event: AuditCloudEvent) => void

export interface Asking {
  /** @throws Refusal what the owner refuses; Unavailable */
  readonly ask: <Input, Output>(operation: Operation<Input, Output>, input: Input) => Promise<Output>
}

export interface OperatorLine {
  /** Records the command in the audit, then lets `use` ask. @throws Unavailable it cannot be recorded, so nothing is done */
  operate<T>(command: OperatorCommand, use: (asking: Asking) => Promise<T>): Promise<T>
  /** Resolves at the end of what is there, or, when following, when the other side ends. */
  tail(options: TailOptions, onEvent: OnEvent): Promise<void>
  close(): Promise<void>
}
