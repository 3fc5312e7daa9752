import { describe, expect, it } from 'vitest'
import { Circuit } from './circuit.ts'

function opened(): Circuit {
  const circuit = new Circuit()
  for (let i = 0; i < 5; i++) circuit.failed(0)
  return circuit
}

describe('the circuit of a backend', () => {
  it('opens after five failures to connect in a row, not before', () => {
    const circuit = new Circuit()
    for (let i = 0; i < 4; i++) circuit.failed(0)
    expect(circuit.admits(0)).toBe(true)
    circuit.connected()
    for (let i = 0; i < 4; i++) circuit.failed(0)
    expect(circuit.admits(0)).toBe(true)
    circuit.failed(0)
    expect([circuit.admits(0), circuit.isOpen(0)]).toEqual([false, true])
  })

  it('lets one probe through when its time is over, and closes when that connects', () => {
    const circuit = opened()
    expect(circuit.admits(999)).toBe(false)
    expect([circuit.admits(1_000), circuit.admits(1_000)]).toEqual([true, false])
    circuit.connected()
    expect(circuit.admits(1_000)).toBe(true)
  })

  it('waits longer after each probe that fails, half a minute at most', () => {
    const circuit = opened()
    let now = 1_000
    const waits: number[] = []
    for (let i = 0; i < 7; i++) {
      expect(circuit.admits(now)).toBe(true)
      circuit.failed(now)
      let wait = 0
      while (circuit.isOpen(now + wait)) wait += 1_000
      waits.push(wait)
      now += wait
    }
    expect(waits).toEqual([2_000, 4_000, 8_000, 16_000, 30_000, 30_000, 30_000])
  })

  it('lets another probe through when the first tells nothing', () => {
    const circuit = opened()
    expect([circuit.admits(1_000), circuit.admits(1_999), circuit.admits(2_000)]).toEqual([true, false, true])
  })
})
