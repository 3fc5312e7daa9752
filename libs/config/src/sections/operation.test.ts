import { describe, expect, it } from 'vitest'
import { brandingSchema } from './operation.ts'

const accepts = (branding: Record<string, unknown>) => brandingSchema.safeParse(branding).success

describe('branding', () => {
  it('takes a logo as the image itself', () => {
    expect(accepts({ logo: `data:image/svg+xml;base64,${Buffer.from('<svg/>').toString('base64')}` })).toBe(true)
  })

  it.each([
    'https://cdn.example/logo.svg',
    'data:text/html;base64,AAAA',
    'data:image/svg+xml,<svg onload="alert(1)"/>',
    'data:image/png;base64,AA"><script>',
    `data:image/png;base64,${'A'.repeat(70_000)}`,
  ])('takes no logo %.60s', (logo) => {
    expect(accepts({ logo })).toBe(false)
  })

  it.each(['red', '#fff', '#3046c5;} body { display: none', 'rgb(0,0,0)'])('takes no colour %j', (color) => {
    expect(accepts({ color })).toBe(false)
  })
})
