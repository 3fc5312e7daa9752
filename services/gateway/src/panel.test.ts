import { describe, expect, it } from 'vitest'
import { panel } from './panel.ts'

const input = {
  version: '1.2.3',
  issuer: 'http://localhost:8080',
  providerUrl: 'http://localhost:8081',
  calculatorUrl: 'http://localhost:8082',
  internalUrl: 'http://127.0.0.1:9464',
  portFlag: '',
  colour: false,
}

describe('the panel of the demo', () => {
  it.each([
    '    http://localhost:8080/calculator/mcp',
    'claude mcp add --transport http calculator http://localhost:8080/calculator/mcp',
    `code --add-mcp '{"name":"calculator","type":"http","url":"http://localhost:8080/calculator/mcp"}'`,
    'npx @modelcontextprotocol/inspector --cli http://localhost:8080/calculator/mcp',
    '    npx gateway audit tail',
    'This is a demo.',
    'all is lost when it stops',
    'http://localhost:8081',
  ])('has the line %s', (line) => expect(panel(input)).toContain(line))

  it('tells the audit command which demo, when it is on another port', () => {
    expect(panel({ ...input, portFlag: ' --port 9000' })).toContain('npx gateway audit tail --port 9000')
  })

  it('is coloured at a terminal only', () => {
    expect(panel(input)).not.toContain('\u001b[')
    expect(panel({ ...input, colour: true })).toContain('\u001b[1m')
  })
})
