/** Chance that can be repeated: the same seed, the same requests. */
export interface Chance {
  /** 0 to `below` - 1. */
  int(below: number): number
  one<T>(choices: readonly T[]): T
  /** True once in `n`. */
  rarely(n: number): boolean
}

/** Mulberry32: 32 bits of state are plenty here. */
export function chance(seed: number): Chance {
  let state = seed >>> 0
  const next = () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
  const int = (below: number) => Math.floor(next() * below)
  return {
    int,
    one: (choices) => choices[int(choices.length)] as (typeof choices)[number],
    rarely: (n) => int(n) === 0,
  }
}
