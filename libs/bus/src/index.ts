export { asCommit, type Commit, isCommit, subjectOf } from './commit.ts'
export { type Aggregate, type Decided, type DecisionContext, handle, type Loaded, load } from './handle.ts'
export { call, type OperationHandler, serve } from './operations.ts'
export type {
  Bus,
  EventStore,
  MessageHandler,
  Projection,
  Publisher,
  RequestContext,
  Requester,
  RequestHandler,
  Responder,
  Source,
  StoredMessage,
  StreamReader,
  Subscription,
  View,
} from './ports.ts'
