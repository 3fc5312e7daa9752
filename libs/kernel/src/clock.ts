/** Milliseconds since the epoch. Handed in wherever time matters, so tests decide what time it is. */
export type Clock = () => number

export const systemClock: Clock = () => Date.now()
