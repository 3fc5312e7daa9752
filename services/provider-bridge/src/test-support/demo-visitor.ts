/** A browser without script at the demo provider: follows it to the sign-in page, presses a button, comes back with the callback. */

/** From the authorization URL to the query of the callback. */
export async function signInAt(authorizationUrl: string, form: Readonly<Record<string, string>>): Promise<string> {
  const provider = new URL(authorizationUrl).origin
  const cookies = new Map<string, string>()

  async function visit(url: string, body?: URLSearchParams): Promise<Response | URL> {
    if (!url.startsWith(provider)) return new URL(url)
    const cookie = [...cookies].map(([name, value]) => `${name}=${value}`).join('; ')
    const init = body ? { method: 'POST', body } : {}
    const response = await fetch(url, { ...init, redirect: 'manual', headers: { cookie } })
    for (const line of response.headers.getSetCookie()) {
      const [name = '', value = ''] = (line.split(';')[0] ?? '').split('=', 2)
      cookies.set(name, value)
    }
    const location = response.headers.get('location')
    return location === null ? response : visit(new URL(location, url).href)
  }

  const page = await visit(authorizationUrl)
  if (page instanceof URL) return page.search.slice(1)
  const action = /action="([^"]+)"/.exec(await page.text())?.[1] ?? ''
  const back = await visit(new URL(action, provider).href, new URLSearchParams(form))
  if (back instanceof URL) return back.search.slice(1)
  throw new Error(`the sign-in ended at ${back.status} ${back.url}`)
}
