/**
 * A question one service may ask another over the bus, as data: subject, who answers, how long to wait, and the two shapes.
 * `libs/contracts` lists them all; the bus only needs this much of each.
 */
export interface Operation<Input, Output> {
  /** `req.<service>.<verb-noun>` */
  readonly subject: string
  /** Who answers; also the queue group, so that any one replica does. */
  readonly service: string
  /** The caller gives up after this long, and a responder that comes to it later drops it. */
  readonly timeoutMs: number
  /**
   * Only where a repeat under the same request id changes nothing more: whoever hears nothing of a replica for this long asks
   * again, and another one answers. Absent: asked once, since doing it twice would be two of it.
   */
  readonly askAgainAfterMs?: number | undefined
  /** @throws when the value has another shape. */
  readonly input: { parse(value: unknown): Input }
  readonly output: { parse(value: unknown): Output }
}
