export { asCommit, type Commit, isCommit, requestIdOf, subjectOf } from './commit.ts'
export { type Aggregate, type Decided, type DecisionContext, handle, type Loaded, load } from './handle.ts'
export { call, type OperationHandler, serve } from './operations.ts'
export {
  dropParked,
  listParked,
  PARKED_STREAM,
  type ParkedMessage,
  retryParked,
  UnreadableFact,
  unknownEvent,
} from './parking.ts'
export type {
  Bus,
  EventStore,
  FailureListener,
  FailurePlace,
  Journal,
  JournalBatch,
  MessageHandler,
  Projection,
  Provisioned,
  Provisioner,
  Publisher,
  RequestContext,
  Requester,
  RequestHandler,
  ResolvedDurable,
  ResolvedStream,
  Responder,
  Source,
  StoredMessage,
  StreamReader,
  Subscription,
  View,
} from './ports.ts'
export { StreamFull } from './stream-full.ts'
