/** What tests and tools may use of the composition; the command itself is `main.ts`. */
export { type ComposeOptions, compose } from './compose.ts'
export { createEdge, routeOf } from './edge.ts'
export { lifetimesOf, provision } from './streams.ts'
