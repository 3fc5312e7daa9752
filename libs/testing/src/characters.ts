/**
 * Every character of Unicode by a number, each a code point and no half of a pair: `fc.nat(CHARACTER_MAX).map(characterAt)`.
 * fast-check's own unit `binary` first spends more than a second on a table of them all, in every worker.
 */
const SURROGATES_FROM = 0xd800
const SURROGATES = 0x800

export const CHARACTER_MAX = 0x10_ffff - SURROGATES

export function characterAt(number: number): string {
  return String.fromCodePoint(number < SURROGATES_FROM ? number : number + SURROGATES)
}
