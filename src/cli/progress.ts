/** A progress bar on a terminal, for what takes longer than a moment. */
import type { Streams } from './streams.ts'

/** Milliseconds before the bar shows, and between its changes. */
const PATIENCE = 500
const STEP = 100

const WIDTH = 30

export interface Progress {
  /** Told the share of the work that is done, from 0 to 1. */
  readonly tell: (share: number) => void
  /** Takes the bar away. */
  readonly end: () => void
}

export function progressOn({ stderr }: Pick<Streams, 'stderr'>, now = () => performance.now()): Progress {
  if (!stderr.isTTY) return { tell: () => {}, end: () => {} }
  let next = now() + PATIENCE
  let isShown = false
  return {
    tell: (share) => {
      if (now() < next) return
      next = now() + STEP
      isShown = true
      const full = Math.round(WIDTH * Math.min(share, 1))
      stderr.write(`\r[${'#'.repeat(full)}${' '.repeat(WIDTH - full)}] ${Math.floor(100 * Math.min(share, 1))}%`)
    },
    end: () => {
      if (isShown) stderr.write(`\r${' '.repeat(WIDTH + 7)}\r`)
    },
  }
}
