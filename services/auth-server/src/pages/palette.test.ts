import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { contrast, paletteOf, paletteStyle } from './palette.ts'

const CARDS = { light: '#ffffff', dark: '#171b22' }
const color = fc.integer({ min: 0, max: 0xffffff }).map((value) => `#${value.toString(16).padStart(6, '0')}`)

describe("the operator's colour", () => {
  it('can be read on every card and under every text, whatever it is (WCAG 2.2 §1.4.3)', () => {
    fc.assert(
      fc.property(color, (asked) => {
        const palette = paletteOf(asked)
        for (const mode of ['light', 'dark'] as const) {
          const { accent, strong, on } = palette[mode]
          for (const shade of [accent, strong]) {
            expect(contrast(shade, on)).toBeGreaterThanOrEqual(4.5)
            expect(contrast(shade, CARDS[mode])).toBeGreaterThanOrEqual(4.5)
          }
        }
      }),
    )
  })

  it('stays as it is where it can be read', () => {
    expect(paletteOf('#3046c5').light.accent).toBe('#3046c5')
  })

  it('is the only thing in its style', () => {
    expect(paletteStyle('#000000')).toMatch(/^:root \{ --accent: #[0-9a-f]{6};/)
  })
})
