import { once } from 'node:events'
import { createServer, type RequestListener } from 'node:http'
import { describe, expect, it, onTestFinished } from 'vitest'
import { createBrowser } from './browser.ts'

/** A site of its own for each test; answers with its address. */
async function site(listener: RequestListener): Promise<string> {
  const server = createServer(listener).listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(() => {
    server.closeAllConnections()
    server.close()
  })
  return `http://127.0.0.1:${(server.address() as { port: number }).port}`
}

/** Answers HTML by path; a path that starts with a status and a location redirects. */
function pages(html: Readonly<Record<string, string>>, seen: string[] = []): RequestListener {
  return (request, response) => {
    const url = new URL(request.url ?? '/', 'http://site')
    let body = ''
    request.on('data', (chunk: Buffer) => {
      body += chunk.toString()
    })
    request.on('end', () => {
      seen.push(`${request.method} ${request.url} ${body} origin=${request.headers.origin ?? ''}`)
      const page = html[url.pathname] ?? ''
      const [, status, location] = /^(3\d\d) (\S+)$/.exec(page) ?? []
      if (status && location) response.writeHead(Number(status), { location }).end()
      else response.writeHead(200, { 'content-type': 'text/html; charset=utf-8' }).end(page)
    })
  }
}

describe('a browser without script', () => {
  it('follows redirects: GET after 302 and 303, the same again after 307 (Fetch §4.4)', async () => {
    const seen: string[] = []
    const form = '<form method="post" action="/sent"><input name="a" value="1"><button>Send</button></form>'
    const origin = await site(
      pages({ '/': form, '/sent': '307 /again', '/again': '302 /end', '/end': 'the end' }, seen),
    )
    const browser = createBrowser()
    const page = await browser.submit(await browser.open(`${origin}/`))
    expect(page.text).toBe('the end')
    expect(seen.slice(1).map((line) => line.split(' origin')[0])).toEqual([
      'POST /sent a=1',
      'POST /again a=1',
      'GET /end ',
    ])
    expect(page.trail).toEqual([`${origin}/sent`, `${origin}/again`, `${origin}/end`])
  })

  it('follows a page that refreshes itself', async () => {
    const refresh = '<meta http-equiv="Refresh" content="0; url=/next"><p>wait</p>'
    const origin = await site(pages({ '/': refresh, '/next': 'next' }))
    expect((await createBrowser().open(`${origin}/`)).text).toBe('next')
  })

  it('stops at the redirect URI of the client, without asking it', async () => {
    const seen: string[] = []
    const origin = await site(pages({ '/': '302 com.example.app:/callback?code=1&state=2' }, seen))
    const page = await createBrowser({ stopAt: 'com.example.app:/callback' }).open(`${origin}/`)
    expect([page.stopped, page.url.searchParams.get('code'), page.status]).toEqual([true, '1', 302])
    expect(seen).toHaveLength(1)
  })

  it('gives up after twenty redirects', async () => {
    const origin = await site(pages({ '/': '302 /' }))
    await expect(createBrowser().open(`${origin}/`)).rejects.toThrow('more than 20 redirects')
  })

  it('sends the pressed button, what was typed and what was ticked, with the Origin of the page', async () => {
    const seen: string[] = []
    const form = `<form method="post" action="/decide">
      <input type="hidden" name="sealed" value="s e"><input type="checkbox" name="off"><input type="checkbox" name="on" checked>
      <input name="user" value=""><select name="pick"><option value="1">one</option><option value="2" selected>two</option></select>
      <button name="decision" value="approve">Allow</button><button name="decision" value="deny">Deny</button></form>`
    const origin = await site(pages({ '/': form }, seen))
    const browser = createBrowser()
    const page = await browser.open(`${origin}/`)
    await browser.submit(page, { button: 'Deny', fields: { user: 'ada' } })
    await browser.submit(page, { button: { name: 'decision', value: 'approve' } })
    expect(seen.slice(1)).toEqual([
      `POST /decide sealed=s+e&on=on&user=ada&pick=2&decision=deny origin=${origin}`,
      `POST /decide sealed=s+e&on=on&user=&pick=2&decision=approve origin=${origin}`,
    ])
  })

  it('puts a GET form into the query', async () => {
    const seen: string[] = []
    const origin = await site(pages({ '/': '<form action="/find?old=1"><input name="q" value="x y"></form>' }, seen))
    const browser = createBrowser()
    await browser.submit(await browser.open(`${origin}/`))
    expect(seen[1]).toMatch(/^GET \/find\?q=x\+y /)
  })

  it('says what the page has when the button is not there', async () => {
    const origin = await site(pages({ '/': '<h1>Sorry</h1><form><button>Back</button></form>' }))
    const browser = createBrowser()
    const page = await browser.open(`${origin}/`)
    await expect(browser.submit(page, { button: 'Allow' })).rejects.toThrow(/buttons: Back\): Sorry Back/)
  })

  it('reads what stands in noscript, and nothing that a script would do', async () => {
    const origin = await site(pages({ '/': '<noscript>plain</noscript><script>document.write("no")</script>' }))
    expect((await createBrowser().open(`${origin}/`)).text).toBe('plain')
  })

  it('follows a link by its text', async () => {
    const origin = await site(pages({ '/a/': '<a href="../b">go <b>on</b></a>', '/b': 'there' }))
    const browser = createBrowser()
    expect((await browser.follow(await browser.open(`${origin}/a/`), 'go on')).text).toBe('there')
  })
})
