/** A certificate authority for one test, and a server's certificate signed by it, made by the `openssl` command. */
import { execFile } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { MissingServer } from './locate.ts'

const run = promisify(execFile)

/** Paths of PEM files. */
export interface Certificates extends AsyncDisposable {
  /** Whom a client must trust. */
  readonly authority: string
  readonly certificate: string
  readonly key: string
  remove(): Promise<void>
}

/** `names`: hosts or addresses in the certificate's form, `DNS:localhost`, `IP:127.0.0.1`. @throws MissingServer without openssl */
export async function makeCertificates(names: readonly string[] = ['IP:127.0.0.1']): Promise<Certificates> {
  const folder = await mkdtemp(join(tmpdir(), 'gateway-certificates-'))
  const path = (name: string) => join(folder, name)
  const openssl = (...args: string[]) => run('openssl', args, { cwd: folder })
  const newKey = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes']
  try {
    await writeFile(path('names'), `subjectAltName=${names.join(',')}\n`)
    await openssl('req', '-x509', ...newKey, '-keyout', 'ca.key', '-out', 'ca.pem', '-subj', '/CN=test authority')
    await openssl('req', ...newKey, '-keyout', 'server.key', '-out', 'server.csr', '-subj', '/CN=test server')
    const signed = ['-in', 'server.csr', '-CA', 'ca.pem', '-CAkey', 'ca.key', '-CAcreateserial', '-extfile', 'names']
    await openssl('x509', '-req', ...signed, '-out', 'server.pem')
  } catch (cause) {
    await rm(folder, { recursive: true, force: true })
    if ((cause as NodeJS.ErrnoException).code !== 'ENOENT') throw cause
    throw new MissingServer('no openssl on PATH to make certificates with', { cause })
  }
  const remove = () => rm(folder, { recursive: true, force: true })
  const files = { authority: path('ca.pem'), certificate: path('server.pem'), key: path('server.key') }
  return { ...files, remove, [Symbol.asyncDispose]: remove }
}
