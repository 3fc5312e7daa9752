/** What the journey asks of every client, whoever wrote it. */

/** Plays the person: opens the authorization URL, consents, signs in; returns the redirect to the client, not fetched. */
export type SignIn = (authorizationUrl: URL, redirectUri: string) => Promise<URL>

export interface McpSession {
  tools(): Promise<readonly string[]>
  /** The text of the tool's first content item. */
  call(tool: string, args: Record<string, unknown>): Promise<string>
  close(): Promise<void>
}

/** Connects to an MCP URL, going through discovery, registration and authorization by the client's own means. */
export type ConnectClient = (mcpUrl: string, signIn: SignIn) => Promise<McpSession>

/** The text of a tool's answer. */
export function textOf(result: unknown): string {
  const content = (result as { content?: { type: string; text?: string }[] }).content ?? []
  const item = content.find((entry) => entry.type === 'text')
  if (item?.text === undefined) throw new Error(`no text in ${JSON.stringify(result)}`)
  return item.text
}
