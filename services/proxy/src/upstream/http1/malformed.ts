/** What a backend sent is no response. */
export class MalformedResponse extends Error {
  override readonly name = 'MalformedResponse'
}
