/** The cause of the `Unavailable` of an append that a full stream refused: a bound was reached, nothing is down. */
export class StreamFull extends Error {
  override readonly name = 'StreamFull'
}
